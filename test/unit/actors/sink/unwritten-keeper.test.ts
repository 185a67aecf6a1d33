import { describe, expect, test } from 'vitest';
import { UnwrittenColumns } from '../../../../actors/route/unwritten-columns.ts';
import { UnwrittenKeeper } from '../../../../actors/sink/unwritten-keeper.ts';
import type { ColumnPlace, UnwrittenDelta } from '../../../../actors/state/unwritten-column-store.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { settingsSchema } from '../../../../protocol/settings/settings-schema.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { passTurns } from '../../../support/memory-shard.ts';

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target' },
  tables: { orders: {} },
});

class Rig {
  readonly clock = new ManualClock();
  readonly stored: string[] = [];
  isAway = false;
  /** The state database answers when it is resolved. */
  gate: Promise<void> = Promise.resolve();
  readonly columns: UnwrittenColumns = new UnwrittenColumns(() => this.keeper.hurry());
  readonly keeper = new UnwrittenKeeper(
    {
      pipeline: 'p',
      partition: 3,
      settings: SETTINGS,
      clock: this.clock,
      unwrittenColumns: {
        add: async (_: ColumnPlace, deltas: readonly UnwrittenDelta[]) => {
          await this.#answer();
          this.stored.push(
            ...deltas.map(
              ({ column, changes, firstOffset, lastOffset, isOpen }) =>
                `${column} ${changes} ${firstOffset}..${lastOffset}${isOpen ? ' open' : ''}`,
            ),
          );
        },
        closeOpen: async ({ partition }: ColumnPlace, offset: bigint) => {
          await this.#answer();
          this.stored.push(`${partition} starts at ${offset}`);
        },
        list: async () => [],
        clear: async () => 0,
      },
    },
    this.columns,
  );

  count(...offsets: readonly bigint[]): void {
    for (const offset of offsets) {
      this.columns.count('orders', 'note', { offset }, null);
    }
  }

  async pass(ms: number): Promise<readonly string[]> {
    this.clock.advance(ms);
    await passTurns(3);
    return this.stored.splice(0);
  }

  async #answer(): Promise<void> {
    await this.gate;
    if (this.isAway) {
      throw new ReplicationError('ERG_5001', 'away');
    }
  }
}

describe('the counters of unwritten columns', () => {
  test('are stored at once when a column is new, then every few seconds, and closed when it is written again', async () => {
    const rig = new Rig();
    rig.keeper.start(7n);
    expect(await rig.pass(0)).toEqual(['3 starts at 7']);
    rig.count(10n, 12n);
    expect(await rig.pass(0)).toEqual(['note 2 10..12 open']);
    rig.count(11n, 13n);
    expect(await rig.pass(4_999)).toEqual([]);
    expect(await rig.pass(1)).toEqual(['note 2 11..13 open']);
    expect(await rig.pass(5_000)).toEqual(['note 0 10..13']);
    expect(await rig.pass(5_000)).toEqual([]);
    expect(rig.columns.list()).toMatchObject([{ changes: 4, firstOffset: '10', lastOffset: '13' }]);
  });

  test('wait for a state database that is away, without losing one', async () => {
    const rig = new Rig();
    rig.isAway = true;
    rig.keeper.start(0n);
    rig.count(1n);
    await rig.pass(5_000);
    rig.count(2n);
    expect(await rig.pass(5_000)).toEqual([]);
    rig.isAway = false;
    expect(await rig.pass(5_000)).toEqual(['3 starts at 0', 'note 2 1..2 open']);
  });

  test('are stored one after the other, also when a new column is met while the state database is slow', async () => {
    const rig = new Rig();
    const gate = Promise.withResolvers<void>();
    rig.gate = gate.promise;
    rig.keeper.start(7n);
    await rig.pass(0);
    rig.count(10n);
    await rig.pass(0);
    gate.resolve();
    expect(await rig.pass(0)).toEqual(['3 starts at 7', 'note 1 10..10 open']);
    rig.count(11n);
    expect(await rig.pass(0)).toEqual(['note 1 11..11 open']);
  });

  test('that could not be added are added the next time, together with the newer ones', () => {
    const rig = new Rig();
    rig.count(1n, 2n);
    const deltas = rig.columns.takeDeltas(false);
    rig.count(3n);
    rig.columns.giveBack(deltas);
    expect(rig.columns.takeDeltas(false)).toMatchObject([{ changes: 3, firstOffset: 1n, lastOffset: 3n }]);
    const ended = rig.columns.takeDeltas(true);
    expect(ended).toMatchObject([{ changes: 0, isOpen: false }]);
    rig.columns.giveBack(ended);
    expect(rig.columns.takeDeltas(false)).toEqual(ended);
    expect(rig.columns.takeDeltas(false)).toEqual([]);
  });

  test('are stored and closed when the sink ends', async () => {
    const rig = new Rig();
    rig.keeper.start(0n);
    await rig.pass(0);
    rig.count(1n);
    await Promise.all([rig.keeper.stop(), rig.keeper.stop()]);
    expect(rig.stored).toContain('note 1 1..1');
    expect(rig.clock.timers).toBe(0);
  });
});
