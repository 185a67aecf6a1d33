/** What a lane does when a table turns out to be another one than its rows were prepared for. */
import { expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { foldRecord } from '../../../../actors/route/fold-record.ts';
import { partsOf, type RoutedChange, withTable } from '../../../../actors/route/routed-change.ts';
import { TableRoute } from '../../../../actors/route/table-route.ts';
import { Lane } from '../../../../actors/sink/lane.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import type { ShardChange } from '../../../../actors/target/target-shard.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anEntry, anImage, aTable } from '../../../support/sink-builders.ts';

const PLAIN = aTable();
const UNIQUE = aTable({ uniqueIndexes: [{ name: 'a', columns: ['a'] }] });

const ROUTE = new TableRoute({
  name: 'orders',
  ordinal: 0,
  shardKeys: [],
  shardKeyLookup: undefined,
  filler: undefined,
  queue: undefined,
  latencyColumn: undefined,
  shards: [],
});

const change = (id: string, a: string) => anEntry({ key: id, table: PLAIN, image: anImage({ id, a, b: '1' }) });

interface Rig {
  /** Answers each write. */
  readonly write: (changes: readonly ShardChange[]) => ReplicationError | undefined;
  /** The tables that one reading after the other finds; the last one stays. */
  readonly tables: readonly TableShape[];
  readonly clock: ManualClock;
}

/** Pushes them all, and waits until none is left. @returns what was refused */
async function writeAll(entries: readonly RoutedChange[], { write, tables, clock }: Rig): Promise<readonly string[]> {
  const refused: string[] = [];
  const settled = Promise.withResolvers<void>();
  let left = entries.flatMap(partsOf).length;
  let readings = 0;
  const settle = (count: number) => {
    left -= count;
    if (left === 0) {
      settled.resolve();
    }
  };
  const lane = new Lane({
    shard: 'seller0',
    lane: 0,
    writer: {
      write: async (changes) => {
        const error = write(changes);
        if (error !== undefined) {
          throw error;
        }
      },
      close: async () => {},
    },
    limits: {
      flush: 'whenIdle',
      window: 0,
      minRows: 64,
      maxRows: 64,
      maxBytes: 100_000,
      growBelow: 50,
      shrinkAbove: 100,
    },
    onWritten: ({ length }) => settle(length),
    onWaiting: () => {},
    mayRefuse: () => true,
    onRefused: ({ key }, { length }, { code }) => {
      refused.push(`${key} ${code}`);
      settle(length);
    },
    onDropped: () => {},
    isLeftOut: () => false,
    onRetry: () => {},
    onFenced: settled.reject,
    refreshTables: async () => {
      readings = Math.min(readings + 1, tables.length);
    },
    renewRow: ({ last, removal }) => ({ last: withTable(last, tables[readings - 1] ?? last.table), removal }),
    clock,
    logger: silentLogger,
    random: () => 0,
  });
  for (const entry of entries) {
    lane.push(entry);
  }
  await settled.promise;
  expect(lane.queued).toBe(0);
  await lane.stop();
  return refused;
}

test('rows that were folded before a unique index was there are written again in the order of their changes', async () => {
  const writes: string[][] = [];
  const write = (changes: readonly ShardChange[]) => {
    writes.push(changes.map(({ key, image }) => `${key}=${image?.cells[1]}`));
    return changes[0]?.table === PLAIN ? new ReplicationError('ERG_3204', 'hit another row') : undefined;
  };
  // 1 has 'x' and 2 has 'y'; they exchange them by way of a third value.
  const entries = [change('1', 'z'), change('2', 'x'), change('1', 'y')];
  expect(await writeAll(entries, { write, tables: [UNIQUE], clock: new ManualClock() })).toEqual([]);
  expect(writes).toEqual([['1=y', '2=x'], ['1=z', '2=x'], ['1=y']]);
});

test('so are rows that were folded within a record, which was read before a unique index was there', async () => {
  const writes: string[][] = [];
  const write = (changes: readonly ShardChange[]) => {
    writes.push(changes.map(({ key, image }) => `${key}=${image?.cells[1]}`));
    return changes[0]?.table === PLAIN ? new ReplicationError('ERG_3207', 'another row has it') : undefined;
  };
  const { record } = change('1', '');
  const ledger = new OffsetLedger(0, undefined);
  const slot = ledger.open({ offset: 0, bytes: 0, commitTimeMs: 0, position: undefined });
  const exchange = [change('1', 'z'), change('2', 'x'), change('1', 'y')].map((entry, payloadIndex) => ({
    shard: 0,
    route: ROUTE,
    entry: { ...entry, record, ledger, slot, payloadIndex },
  }));
  const folded = foldRecord(exchange).map(({ entry }) => entry);
  expect(folded.map(({ key, changes }) => `${key} ${changes}`)).toEqual(['1 2', '2 1']);
  expect(await writeAll(folded, { write, tables: [UNIQUE], clock: new ManualClock() })).toEqual([]);
  expect(writes).toEqual([['1=y', '2=x'], ['1=z', '2=x'], ['1=y']]);
  ledger.settle(slot);
  expect(ledger.watermark).toBe(0); // the part more has to be settled too
  ledger.settle(slot);
  expect(ledger.watermark).toBe(1);
});

test('a table that changes twice within a second does not get its rows refused', async () => {
  const tables = [aTable(), aTable()];
  const write = ([first]: readonly ShardChange[]) =>
    first?.table === tables[1] ? undefined : new ReplicationError('ERG_3302', 'too long');
  expect(await writeAll([change('1', 'z')], { write, tables, clock: new ManualClock() })).toEqual([]);
});
