import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { takeSnapshot } from '../../../../actors/catalog/table-snapshot.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { ShardReader } from '../../../../supervisor/catalog/shard-reader.ts';
import { MemoryLogger } from '../../../support/capture-rig.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { aTable } from '../../../support/sink-builders.ts';

const NARROW = new Map([['orders', aTable({ columns: ['id', 'a'] })]]);
const WIDE = new Map([['orders', aTable({ columns: ['id', 'a', 'b'] })]]);
const NARROW_VERSION = takeSnapshot(NARROW).version;
const EVERY_MS = 60_000;

class Rig {
  readonly clock = new ManualClock();
  readonly logger = new MemoryLogger();
  tables: ReadonlyMap<string, TableShape> | undefined = NARROW;
  readings = 0;
  changes = 0;
  /** A reading waits for it. */
  gate: Promise<void> = Promise.resolve();
  readonly reader = new ShardReader({
    shard: {
      readTables: async () => {
        this.readings += 1;
        const { tables } = this;
        await this.gate;
        if (tables === undefined) {
          throw new ReplicationError('ERG_3001', 'away');
        }
        return tables;
      },
    },
    tables: ['orders'],
    everyMs: EVERY_MS,
    clock: this.clock,
    log: this.logger,
    onChanged: () => {
      this.changes += 1;
    },
  });
}

describe('the reader of a shard', () => {
  test('reads once a minute, and tells when the tables have changed', async () => {
    const rig = new Rig();
    rig.reader.start();
    await rig.clock.untilAwaited();
    rig.clock.advance(EVERY_MS);
    await rig.clock.untilAwaited();
    rig.tables = WIDE;
    rig.clock.advance(EVERY_MS);
    await rig.clock.untilAwaited();
    expect([rig.readings, rig.changes]).toEqual([3, 1]);
    expect(rig.logger.events).toEqual([
      { name: 'catalog.changed', fields: { change: expect.stringContaining('orders: b') } },
    ]);
  });

  test('answers those who start, and those who have the same, without reading', async () => {
    const rig = new Rig();
    rig.reader.start();
    const answers = await Promise.all([undefined, undefined, NARROW_VERSION].map((have) => rig.reader.read(have)));
    expect(answers.map((answer) => answer?.version)).toEqual([NARROW_VERSION, NARROW_VERSION, NARROW_VERSION]);
    expect(rig.readings).toBeLessThanOrEqual(2);
  });

  test('reads again for one who starts when its last look is a while ago: a table may just have been changed', async () => {
    const rig = new Rig();
    rig.reader.start();
    await rig.clock.untilAwaited();
    rig.tables = WIDE;
    rig.clock.advance(2_001);
    expect((await rig.reader.read(undefined))?.tables.get('orders')?.columns).toHaveLength(3);
    await rig.reader.read(undefined);
    expect([rig.readings, rig.changes]).toEqual([2, 1]);
  });

  test('reads again for all who know something else, once for those who ask while it reads', async () => {
    const rig = new Rig();
    rig.reader.start();
    await rig.clock.untilAwaited();
    const gate = Promise.withResolvers<void>();
    rig.gate = gate.promise;
    const first = rig.reader.read('other');
    rig.tables = WIDE; // after the reading for the first one began
    const others = [1, 2, 3].map((asker) => rig.reader.read(`other ${asker}`));
    gate.resolve();
    const columns = (await Promise.all(others)).map((answer) => answer?.tables.get('orders')?.columns.length);
    expect(columns).toEqual([3, 3, 3]);
    expect((await first)?.version).toBeDefined();
    expect([rig.readings, rig.changes]).toEqual([3, 1]);
  });

  test('gives no answer while the target is away, and says so once', async () => {
    const rig = new Rig();
    rig.reader.start();
    await rig.clock.untilAwaited();
    rig.tables = undefined;
    rig.clock.advance(EVERY_MS);
    await rig.clock.untilAwaited();
    expect(await rig.reader.read(NARROW_VERSION)).toBeUndefined();
    rig.clock.advance(EVERY_MS);
    await rig.clock.untilAwaited();
    rig.tables = NARROW;
    rig.clock.advance(EVERY_MS);
    await rig.clock.untilAwaited();
    expect((await rig.reader.read(undefined))?.version).toBe(NARROW_VERSION);
    expect(rig.logger.events.map(({ name }) => name)).toEqual(['catalog.unread']);
  });

  test('reads no more when it is stopped, also in the middle of a reading', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<void>();
    rig.gate = gate.promise;
    rig.reader.start();
    rig.reader.stop();
    gate.resolve();
    await rig.reader.read(undefined);
    expect([rig.clock.timers, rig.changes]).toEqual([0, 0]);
  });
});
