/** Many open cases in all states that cases come to rest in, as if pipelines had gathered them for long. */
import type mysql from 'mysql2/promise';

/** Of a pipeline: a table whose key is one integer, and where its rows are at the target. */
export interface CasePlaces {
  readonly pipeline: string;
  readonly table: string;
  readonly key: string;
  readonly shards: readonly string[];
}

/** Noted in the offset of a case, which stays as it is. */
export const FATE = { soon: 1, orphan: 2, later: 3 } as const;

/** Above all keys that the load gives. Neither side has such rows, so that whoever looks closes the case. */
const FIRST_KEY = 8_000_000_000;
const PARTITIONS = 4;
const ROWS_PER_INSERT = 10_000;

/**
 * One case in five is to be looked at soon, a quarter of those wait for a shard that is not away; one in twenty was left by
 * somebody who worked on it; all others have time until tomorrow.
 *
 * @param server a MariaDB: it counts by its sequence engine
 */
export async function fillCases(server: mysql.Connection, cases: number, places: readonly CasePlaces[]): Promise<void> {
  for (const [index, place] of places.entries()) {
    const count = Math.floor((cases * (index + 1)) / places.length) - Math.floor((cases * index) / places.length);
    for (let done = 0; done < count; done += ROWS_PER_INSERT) {
      await server.query(buildInsert(place, done + 1, Math.min(count, done + ROWS_PER_INSERT)));
    }
  }
  await server.query('ANALYZE TABLE ergate_case');
}

function buildInsert({ pipeline, table, key, shards }: CasePlaces, from: number, to: number): string {
  const number = `(${FIRST_KEY} + seq)`;
  const named = `JSON_ARRAY(JSON_ARRAY('${key}', CONCAT(${number})))`;
  const rowKey = `CONCAT('${table.length}:${table}/1n', ${number})`;
  const turn = 'seq DIV 4 % 20'; // the partition goes by the lowest digits
  const now = 'ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000)';
  const columns: Readonly<Record<string, string>> = {
    pipeline: `'${pipeline}'`,
    partition_no: `seq % ${PARTITIONS}`,
    table_name: `'${table}'`,
    shard: `ELT(1 + seq DIV 80 % ${shards.length}, ${shards.map((shard) => `'${shard}'`).join()})`,
    key_sha256: `UNHEX(SHA2(${rowKey}, 256))`,
    row_key: rowKey,
    target_key: named,
    source_key: named,
    kind: "IF(seq % 3 = 0, 'missing', 'different')",
    state: `CASE WHEN ${turn} < 3 THEN 'waiting' WHEN ${turn} = 3 THEN 'held'
      WHEN ${turn} = 4 THEN ELT(1 + seq % 3, 'checking', 'repairing', 'reverifying')
      ELSE ELT(1 + seq DIV 80 % 5, 'waiting', 'retryWait', 'repaired', 'quarantined', 'suppressed') END`,
    rev: '1',
    differing_columns: `'["updated_at"]'`,
    topic_epoch: '0',
    offset_no: `CASE WHEN ${turn} < 4 THEN ${FATE.soon} WHEN ${turn} = 4 THEN ${FATE.orphan} ELSE ${FATE.later} END`,
    commit_ms: `${now} - 3600000 + seq`,
    found_by: `'verifier'`,
    first_seen_ms: `${now} - 3600000 + seq`,
    last_seen_ms: `${now} - 3600000 + seq`,
    detections: '1',
    attempts: `IF(${turn} < 4, 0, seq % 3)`, // what was tried before is proven twice before it is closed
    lost_races: '0',
    relapses: '0',
    cleared_looks: '0',
    due_ms: `CASE WHEN ${turn} < 3 THEN ${now} WHEN ${turn} = 3 THEN NULL WHEN ${turn} = 4 THEN ${now} - 1000
      ELSE ${now} + 86400000 + seq END`,
    repaired_ms: `IF(seq DIV 80 % 5 = 2, ${now} - 600000, NULL)`,
    repair_offset: `IF(seq DIV 80 % 5 = 2, 1, NULL)`,
  };
  return `INSERT INTO ergate_case (${Object.keys(columns).join()})
    SELECT ${Object.values(columns).join()} FROM seq_${from}_to_${to}`;
}
