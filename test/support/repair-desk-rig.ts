/** Repairs in front of a lane whose writer, source and target answer as the test decides. */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { buildTableRoutes } from '../../actors/route/build-routes.ts';
import { UnwrittenColumns } from '../../actors/route/unwritten-columns.ts';
import type { Anchored } from '../../actors/row/row-anchor.ts';
import type { StoredRow } from '../../actors/row/row-reader.ts';
import type { RowVerdict } from '../../actors/row/row-witness.ts';
import { Lane } from '../../actors/sink/lane.ts';
import { OvertakenRows } from '../../actors/sink/overtaken-rows.ts';
import { RepairDesk } from '../../actors/sink/repair-desk.ts';
import { OffsetLedger } from '../../actors/stream/offset-ledger.ts';
import type { ShardChange } from '../../actors/target/target-shard.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { RepairRequest } from '../../protocol/message/recovery-message.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryNetwork } from './memory-bus.ts';
import { anEntry, anImage, aTable } from './sink-builders.ts';
import { MARKER_COLUMNS } from './target-table.ts';

export const fail = (code: ErrorCode) => new ReplicationError(code, 'as told');
const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target' },
  tables: { orders: {} },
  verification: { canary: { table: 'orders', where: { id: ['901', '902'] } } },
});
const TABLE: TableShape = aTable({ columns: ['id', 'v', ...MARKER_COLUMNS] });
export const RIGHT: RowVerdict = { kind: 'equal', digest: 'right' };

export const aRequest = (id = '1'): RepairRequest => ({
  row: {
    table: 'orders',
    shard: 's',
    rowKey: `6:orders/1n${id}`,
    targetKey: [['id', id]],
    sourceKey: [['id', id]],
  },
  mode: 'repair',
  mayDelete: true,
});

export const anExpected = (id: string, v = 'right'): RowVerdict => ({
  kind: 'different',
  mismatch: 'different',
  columns: ['v'],
  sourceDigest: v,
  targetDigest: 'wrong',
  expected: anImage({ id, v }),
  actual: anImage({ id, v: 'wrong', ergate_yn: '1', rpc_time: null, ergate_seq: '3' }),
});

export class RepairDeskRig {
  readonly clock = new ManualClock();
  readonly ledger = new OffsetLedger(0, undefined);
  /** In their order. */
  readonly steps: string[] = [];
  readonly passed: string[] = [];
  readonly fenced: string[] = [];
  readonly written: ShardChange[] = [];
  /** What a reader of the target finds, by row key. */
  readonly rows = new Map<string, Readonly<Record<string, string | null>>>();
  isWritten = true;
  /** Of the rows, as their record keys are now. */
  partition: number | undefined;
  look: (rows: readonly RowName[]) => RowVerdict[] | Promise<RowVerdict[]> = (rows) => this.lookAt(rows);
  settle: () => Promise<Anchored> = async () => ({ position: undefined, unsettled: new Map() });
  write: (changes: readonly ShardChange[]) => Promise<void> | void = () => {};
  readonly lane = new Lane({
    shard: 's',
    lane: 0,
    writer: {
      write: async (changes) => {
        this.steps.push(`write ${changes.map(({ key, seq }) => `${key.slice(11)}@${seq}`).join()}`);
        await this.write(changes);
        this.written.push(...changes);
        for (const { key } of changes) {
          this.#right.add(key);
        }
      },
      close: async () => {},
    },
    limits: {
      minRows: 1,
      maxRows: 64,
      maxBytes: 100_000,
      growBelow: 50,
      shrinkAbove: 100,
      flush: 'whenIdle',
      window: 100,
    },
    onWritten: () => {},
    onWaiting: () => {},
    mayRefuse: () => true,
    onRefused: () => {},
    onDropped: () => {},
    isLeftOut: () => false,
    onRetry: () => {},
    onFenced: () => {},
    refreshTables: async () => {},
    renewRow: (row) => row,
    clock: this.clock,
    logger: silentLogger,
    random: () => 0,
  });
  readonly desk: RepairDesk;
  readonly #right = new Set<string>();

  constructor() {
    const catalog = { shard: { name: 's' }, find: (table: string) => (table === 'orders' ? TABLE : undefined) };
    this.desk = new RepairDesk({
      deps: { partition: 0, settings: SETTINGS, clock: this.clock, logger: silentLogger },
      repair: {
        bus: new MemoryNetwork(this.clock).open('sink', silentLogger),
        environment: 'test',
        recordKeys: new Map(),
        findPartition: async () => this.partition,
        readers: new Map([['s', { readMany: async (_, keys) => this.#readRows(keys) }]]),
        witness: {
          look: async (rows) => {
            this.steps.push(`look ${rows.map(({ rowKey }) => rowKey.slice(11)).join()}`);
            return this.look(rows);
          },
        },
        anchor: {
          settle: () => {
            this.steps.push('settle');
            return this.settle();
          },
        },
      },
      catalogs: [catalog],
      routes: buildTableRoutes(SETTINGS, [catalog], new UnwrittenColumns(() => {})),
      lanes: { lanesOf: () => [this.lane] },
      isWritten: () => this.isWritten,
      readLog: () => ({ offset: 8, seq: '7', commitTime: null }),
      overtaken: new OvertakenRows(this.clock, () => {}),
      onPassed: (entries) => this.passed.push(...entries.map(({ seq }) => seq)),
      onFenced: ({ code }) => this.fenced.push(code),
    });
  }

  #readRows(keys: readonly (readonly Cell[])[]): ReadonlyMap<string, StoredRow> {
    return new Map(
      keys.flatMap((keyCells) => {
        const key = `6:orders/1n${keyCells[0]}`;
        const row = this.rows.get(key);
        return row === undefined ? [] : [[key, { key, keyCells, image: anImage(row) }] as const];
      }),
    );
  }

  lookAt(rows: readonly RowName[]): RowVerdict[] {
    return rows.map(({ rowKey }) => (this.#right.has(rowKey) ? RIGHT : anExpected(rowKey.slice(11))));
  }

  push(id: string, seq: string) {
    const slot = this.ledger.open({ offset: Number(seq), bytes: 0, commitTimeMs: 0, position: undefined });
    const record = { offset: BigInt(seq), key: null, value: null, timestampMs: -1 };
    this.lane.push(anEntry({ key: `6:orders/1n${id}`, table: TABLE, seq, ledger: this.ledger, slot, record }));
  }
}
