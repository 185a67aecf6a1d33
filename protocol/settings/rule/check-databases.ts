import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { DatabaseSettings } from '../settings-schema.ts';

export function checkDatabases({ databases }: SettingsDraft): Complaint[] {
  return [...databases].flatMap(([name, database]) => [...checkDriver(name, database), ...checkShards(name, database)]);
}

function checkDriver(name: string, { driver }: DatabaseSettings): Complaint[] {
  if (driver === 'mysql') {
    return [];
  }
  const path = ['databases', name, 'driver'];
  return [{ path, expected: 'mysql', got: 'oracle, for which there is no adapter yet', code: 'ERG_8002' }];
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
    names.add(shard.name);
    places.add(place);
  }
  return complaints;
}
