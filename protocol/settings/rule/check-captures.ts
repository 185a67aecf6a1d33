import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { CaptureSettings } from '../settings-schema.ts';
import { checkDatabaseName } from './check-reference.ts';

export function checkCaptures(draft: SettingsDraft): Complaint[] {
  const takenServerIds = new Map<number, string>();
  const takenTopics = new Map<string, string>();
  return [...draft.captures].flatMap(([name, capture]) => {
    const path = ['captures', name];
    const complaints = [
      ...checkDatabaseName(draft, [...path, 'database'], capture.database),
      ...checkSource(draft, name, capture),
      // A source ends the older of two readers with one server id, and two captures in one topic break the order of keys.
      ...checkUnique(takenServerIds, { path: [...path, 'serverId'], value: capture.serverId, owner: name }),
      ...checkUnique(takenTopics, { path: [...path, 'topic'], value: capture.topic, owner: name }),
    ];
    if (Object.keys(capture.tables).length === 0) {
      complaints.push({ path: [...path, 'tables'], expected: 'at least one table', got: 'none' });
    }
    return complaints;
  });
}

function checkSource(draft: SettingsDraft, name: string, capture: CaptureSettings): Complaint[] {
  const shards = draft.databases.get(capture.database)?.shards ?? [];
  if (shards.length <= 1) {
    return [];
  }
  return [
    {
      path: ['captures', name, 'database'],
      expected: 'a database with one shard: a capture reads one server',
      got: `${capture.database} with ${shards.length}`,
      hint: 'one database and one capture per server',
    },
  ];
}

interface Claim<Value> {
  readonly path: readonly string[];
  readonly value: Value;
  readonly owner: string;
}

function checkUnique<Value extends string | number>(taken: Map<Value, string>, claim: Claim<Value>): Complaint[] {
  const { path, value, owner } = claim;
  const other = taken.get(value);
  taken.set(value, other ?? owner);
  const got = `${value} as capture ${other} has`;
  return other === undefined ? [] : [{ path, expected: 'a value that no other capture has', got }];
}
