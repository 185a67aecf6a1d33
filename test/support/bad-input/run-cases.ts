/**
 * Runs many cases through one sink on one real server: all their records in one partition, then the same records once more
 * from the start under a new owner. What is found afterwards is told apart by the ids and offsets of the cases.
 */
import type mysql from 'mysql2/promise';
import { openStateDatabase } from '../../../actors/state/mysql-state-database.ts';
import type { CommittedOffset } from '../../../actors/stream/record-stream.ts';
import { quoteName } from '../../../actors/target/mysql/quote-name.ts';
import type { ActorStatus, SinkDetail } from '../../../protocol/message/actor-status.ts';
import { until } from '../kafka-rig.ts';
import { MemoryPartition } from '../memory-stream.ts';
import { buildSinkRig, openTestSession, type RigServer, type SinkRigOptions, serverIn } from '../sink-rig.ts';
import type { BadCase, CaseRow, CaseTable } from './bad-case.ts';
import { type PlacedCase, type PlacedCases, placeCases, showBytes } from './place-cases.ts';
import type { RecordFormat } from './record-format.ts';

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const DEADLINE_MS = 60_000;
const FETCH_BYTES = 1024 * 1024;
/** Small, so that the pauses of the intake are reached. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
/** What the sink may hold at any time: its limit, one fetch, and one record that is larger than a fetch. */
export const MOST_HELD_BYTES = MAX_QUEUED_BYTES + FETCH_BYTES + 21 * 1024 * 1024;

export interface StoredFinding {
  readonly offset: string;
  readonly payloadIndex: number;
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  /** Of the record that is kept with it, as showBytes() shows it. */
  readonly value: string;
  readonly foundAt: string;
}

/** What is there when everything was read. */
export interface Aftermath {
  /** By table, of all shards. */
  readonly rows: ReadonlyMap<string, readonly CaseRow[]>;
  /** By offset. */
  readonly findings: ReadonlyMap<string, readonly StoredFinding[]>;
  readonly detail: SinkDetail;
  readonly state: ActorStatus['state'];
  readonly reason: string | undefined;
  readonly committed: bigint;
  /** Most that was held at once, as the status told it. */
  readonly maxQueuedBytes: number;
}

export interface CaseRun {
  readonly placed: readonly PlacedCase[];
  readonly end: bigint;
  readonly first: Aftermath;
  readonly replay: Aftermath;
}

export interface RunOptions {
  readonly server: RigServer;
  readonly name: string;
  readonly format: RecordFormat;
  readonly cases: readonly BadCase[];
  /** Default 1. */
  readonly shards?: number;
  readonly openLookup?: SinkRigOptions['openLookup'];
}

export async function runCases({ server, name, format, cases, shards = 1, openLookup }: RunOptions): Promise<CaseRun> {
  const tables = [...new Map(cases.map(({ table }) => [table.name, table])).values()];
  const schemas = Array.from({ length: shards }, (_, shard) => `bad_${name}_${shard}`);
  const stateSchema = `bad_${name}_state`;
  await using sql = await openTestSession(server, [...schemas, stateSchema]);
  await sql.query('SET SESSION innodb_strict_mode = OFF'); // lets a table be made whose rows may be too large
  for (const schema of schemas) {
    await sql.query(`USE ${schema}`);
    for (const table of tables) {
      await createTable(sql, table);
    }
  }
  const state = openStateDatabase(serverIn(server, stateSchema));
  await state.ensureSchema();
  state.close();

  const { cases: placed, waves } = placeCases(cases, format);
  const options: SinkRigOptions = {
    server,
    schemas,
    stateSchema,
    shardBy: shards === 1 ? 'single' : 'modulo',
    ...(openLookup === undefined ? {} : { openLookup }),
    tables: Object.fromEntries(tables.map((table) => [table.name, table.settings ?? {}])),
    settings: { source: { database: 'order', topic: 'cdc.order', ...format.source }, maxQueuedBytes: MAX_QUEUED_BYTES },
  };
  const read = async (placeEpoch: number, committed?: CommittedOffset): Promise<Aftermath> => {
    const sink = await readAll({ ...options, placeEpoch }, waves, committed);
    return { ...sink, rows: await readRows(sql, schemas, tables), findings: await readFindings(sql, stateSchema) };
  };
  const first = await read(1);
  const replay = await read(2, { offset: 0n, metadata: '' });
  return { placed, end: BigInt(waves.flat().length), first, replay };
}

/** Until everything is committed, or until it is plain that it will not be: then what is missing shows in the cases. */
async function readAll(
  options: SinkRigOptions,
  waves: PlacedCases['waves'],
  committed: CommittedOffset | undefined,
): Promise<Omit<Aftermath, 'rows' | 'findings'>> {
  const partition = new MemoryPartition(undefined, FETCH_BYTES);
  partition.committed = committed;
  await using rig = buildSinkRig({ ...options, partition });
  let maxQueuedBytes = 0;
  const isDone = () => {
    maxQueuedBytes = Math.max(maxQueuedBytes, rig.detail().queuedBytes);
    return partition.committed?.offset === partition.end || rig.actor.status().state === 'failed';
  };
  const [first = [], ...others] = waves;
  partition.append(...first);
  await rig.actor.start();
  await until('the first wave is committed', isDone, DEADLINE_MS).catch(() => {});
  for (const wave of others) {
    partition.append(...wave);
    await until('everything is committed', isDone, DEADLINE_MS).catch(() => {});
  }
  const { state, reason } = rig.actor.status();
  return { detail: rig.detail(), state, reason, committed: partition.committed?.offset ?? -1n, maxQueuedBytes };
}

async function createTable(sql: mysql.Connection, table: CaseTable): Promise<void> {
  const { name, columns, keys = 'PRIMARY KEY (id)', more } = table;
  await sql.query(`CREATE TABLE ${quoteName(name)} (${columns}, note VARCHAR(40) NULL, ${MARKERS}, ${keys})`);
  if (more !== undefined) {
    await sql.query(more);
  }
}

async function readRows(
  sql: mysql.Connection,
  schemas: readonly string[],
  tables: readonly CaseTable[],
): Promise<ReadonlyMap<string, readonly CaseRow[]>> {
  const rows = new Map<string, readonly CaseRow[]>();
  for (const { name, read = 'v' } of tables) {
    const [found] = await sql.query({
      sql: schemas
        .map((schema) => `SELECT id, ${read} AS v, note FROM ${schema}.${quoteName(name)}`)
        .join(' UNION ALL '),
      rowsAsArray: true,
      typeCast: (field) => field.string(),
    });
    rows.set(name, found as CaseRow[]); // three texts, each of which may be NULL
  }
  return rows;
}

async function readFindings(
  sql: mysql.Connection,
  stateSchema: string,
): Promise<ReadonlyMap<string, readonly StoredFinding[]>> {
  const place = 'CAST(offset_no AS CHAR) AS `offset`';
  const [parts] = await sql.query(
    `SELECT ${place}, record_value AS value FROM ${stateSchema}.ergate_finding_record ORDER BY offset_no, byte_at`,
  );
  const [found] = await sql.query(
    `SELECT ${place}, payload_index AS payloadIndex, stage, code, message, found_at AS foundAt
      FROM ${stateSchema}.ergate_finding ORDER BY offset_no, payload_index, stage`,
  );
  const partsOf = Map.groupBy(parts as RecordPart[], ({ offset }) => offset);
  const keptAt = (offset: string) =>
    showBytes(Buffer.concat((partsOf.get(offset) ?? []).flatMap(({ value }) => value ?? [])));
  const findings = (found as Omit<StoredFinding, 'value'>[]).map((one) => ({ ...one, value: keptAt(one.offset) }));
  return Map.groupBy(findings, ({ offset }) => offset);
}

interface RecordPart {
  readonly offset: string;
  readonly value: Buffer | null;
}
