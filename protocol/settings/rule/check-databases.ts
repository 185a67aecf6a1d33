import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { DatabaseSettings } from '../settings-schema.ts';

export function checkDatabases(draft: SettingsDraft): Complaint[] {
  const read = new Set(listReadDatabases(draft));
  return [...draft.databases].flatMap(([name, database]) => [
    ...(read.has(name) ? checkDriver(name, database) : []),
    ...checkShards(name, database),
  ]);
}

/** What is captured or asked must be readable; a target without an adapter stops its own pipelines only. */
function checkDriver(name: string, { driver }: DatabaseSettings): Complaint[] {
  if (driver === 'mysql') {
    return [];
  }
  const path = ['databases', name, 'driver'];
  const expected = 'mysql, since changes or look-ups are read there';
  return [{ path, expected, got: `${driver}, for which there is no adapter yet`, code: 'ERG_8002' }];
}

function listReadDatabases({ captures, pipelines }: SettingsDraft): string[] {
  return [
    ...[...captures.values()].map(({ database }) => database),
    ...[...pipelines.values()].flatMap(({ source, tables }) => [
      source.database,
      ...Object.values(tables).flatMap(({ columnReplace }) =>
        Object.values(columnReplace).flatMap(({ database }) => (database === undefined ? [] : [database])),
      ),
    ]),
  ];
}

/** Two shards that are one would get each other's rows. */
function checkShards(name: string, { shards }: DatabaseSettings): Complaint[] {
  const names = new Set<string>();
  const places = new Set<string>();
  const complaints: Complaint[] = [];
  for (const [index, shard] of shards.entries()) {
    const path = ['databases', name, 'shards', index];
    const place = `${shard.host}:${shard.port}/${shard.database}`;
    if (names.has(shard.name)) {
      complaints.push({
        path: [...path, 'name'],
        expected: 'a name of its own for each shard',
        got: 'one that is taken',
      });
    }
    if (places.has(place)) {
      complaints.push({
        path,
        expected: 'a host, port and database of its own for each shard',
        got: 'those of another',
      });
    }
    complaints.push(...checkReplica(shard, path));
    names.add(shard.name);
    places.add(place);
  }
  return complaints;
}

/** A first look at the primary itself needs no setting, and this one would hide that it is one. */
function checkReplica(
  { host, port, replica }: DatabaseSettings['shards'][number],
  path: Complaint['path'],
): Complaint[] {
  if (replica?.host !== host || replica.port !== port) {
    return [];
  }
  const expected = 'another host or port than those of the shard';
  return [{ path: [...path, 'replica'], expected, got: `${host}:${port}`, hint: 'leave it out where there is none' }];
}
