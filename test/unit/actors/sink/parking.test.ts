import { describe, expect, test } from 'vitest';
import { missingTable } from '../../../../actors/route/missing-table.ts';
import type { RecordRouter } from '../../../../actors/route/record-router.ts';
import { CatchUp } from '../../../../actors/sink/catch-up.ts';
import type { ShardTrouble } from '../../../../actors/sink/lane-set.ts';
import { Parking } from '../../../../actors/sink/parking.ts';
import type { SinkDeps } from '../../../../actors/sink/sink-deps.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import { formatNote } from '../../../../actors/stream/parked-scope.ts';
import type { RecordStream, RecordStreamEvents, StreamRecord } from '../../../../actors/stream/record-stream.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** A stream that the test steers. */
class Reader implements RecordStream {
  readonly events: RecordStreamEvents;
  readonly left = Promise.withResolvers<void>();
  isStopped = false;

  constructor(events: RecordStreamEvents) {
    this.events = events;
  }

  async start(): Promise<void> {
    await this.events.onOwned(undefined, { earliest: 0n, end: 1_000n });
  }

  pause(): void {}
  resume(): void {}
  async commit(): Promise<void> {}

  async readEndOffset(): Promise<bigint> {
    return 1_000n;
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return this.left.promise;
  }
}

/** Nothing is in the stream; what is tested is when a scope is left out, tried and taken back. */
class Rig {
  readonly clock = new ManualClock();
  readonly ledger = new OffsetLedger(100, undefined);
  readonly readers: Reader[] = [];
  readonly events: string[] = [];
  readonly fenced: string[] = [];
  drops = 0;
  areLookupsIdle = true;
  troubles: ShardTrouble[] = [];
  onRead: (ledger: OffsetLedger, offset: number) => void = () => {};
  reopen: (shard: number) => Promise<readonly string[]> = async () => [];
  readonly parking: Parking;

  constructor(tables: readonly string[] = ['orders', 'items'], parked: ConstructorParameters<typeof Parking>[1] = []) {
    this.parking = new Parking(
      {
        ledger: this.ledger,
        shards: ['s0', 's1', 's2'],
        tables,
        parkAfterMs: 30_000,
        listTroubles: () => this.troubles,
        dropLeftOut: () => {
          this.drops += 1;
        },
        isPressed: () => false,
        areLookupsIdle: () => this.areLookupsIdle,
        refusalOf: () => undefined,
        reopen: async (shard) => new Map((await this.reopen(shard)).map((table) => [table, missingTable('s0', table)])),
        openCatchUp: (place) => new CatchUp({ ...place, ...this.#catchUpParts() }),
        onChanged: () => {},
        onFenced: ({ code }) => this.fenced.push(code),
        clock: this.clock,
        logger: { ...silentLogger, event: (name: string) => this.events.push(name) } as never, // the one that it uses
      },
      parked,
    );
  }

  fail(shard: number, code: ErrorCode, tables = ['orders']): void {
    const error = new ReplicationError(code, 'so it is');
    this.troubles.push({ shard, error, tables, sinceMs: this.clock.monotonicMs() });
  }

  /** A second each, with a look at its end. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.clock.advance(1_000);
      this.parking.look();
      await settle();
    }
  }

  count(event: string): number {
    return this.events.filter((name) => name === event).length;
  }

  #catchUpParts() {
    return {
      deps: {
        settings: { maxQueuedBytes: 1_000, maxOffsetGap: 1_000 },
        clock: this.clock,
        openStream: (events: RecordStreamEvents) => {
          const reader = new Reader(events);
          this.readers.push(reader);
          return reader;
        },
      } as unknown as SinkDeps, // all that a catch-up looks at
      buildRouter: (ledger: OffsetLedger) =>
        ({ route: ({ offset }: StreamRecord) => this.onRead(ledger, Number(offset)) }) as unknown as RecordRouter,
      limit: () => 200,
      isWanted: () => true,
    };
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

describe('a scope that is left out', () => {
  test('from the start tells how old what it lacks is, as soon as something was read', async () => {
    const scope = { shard: 's0', table: null, from: 100, position: undefined, commitTimeMs: Number.NaN };
    const rig = new Rig(undefined, [{ scope, reason: 'away' }]);
    rig.parking.advance();
    expect(rig.parking.scopes).toEqual([scope]);
    rig.ledger.settle(rig.ledger.open({ offset: 100, bytes: 1, commitTimeMs: 7_000, position: undefined }));
    rig.parking.advance();
    rig.ledger.settle(rig.ledger.open({ offset: 101, bytes: 1, commitTimeMs: 8_000, position: undefined }));
    rig.parking.advance();
    expect(rig.parking.scopes).toEqual([{ ...scope, commitTimeMs: 7_000 }]);
  });

  test('is as old as what was read for it last, not as when it was left out', async () => {
    const scope = { shard: 's0', table: null, from: 90, position: undefined, commitTimeMs: 1_000 };
    const rig = new Rig(undefined, [{ scope, reason: 'away' }]);
    rig.onRead = (ledger, offset) => {
      ledger.settle(ledger.open({ offset, bytes: 1, commitTimeMs: offset * 100, position: undefined }));
    };
    await rig.pass(6);
    const records = [90n, 91n].map((offset) => ({ offset, key: null, value: null, timestampMs: -1 }));
    rig.readers[0]?.events.onRecords(records, 1_000n);
    expect(rig.parking.scopes).toMatchObject([{ from: 92, commitTimeMs: 9_100 }]);
    rig.readers[0]?.events.onEnded(new ReplicationError('ERG_1202', 'gone'));
    expect(rig.parking.scopes).toMatchObject([{ from: 92, commitTimeMs: 9_100 }]); // the next one goes on there
  });

  test('is taken back when the next record lies behind what the sink has read, although some before it are gone', async () => {
    const scope = { shard: 's0', table: null, from: 150, position: undefined, commitTimeMs: 1_000 };
    const rig = new Rig(undefined, [{ scope, reason: 'away' }]);
    await rig.pass(6);
    rig.areLookupsIdle = false;
    rig.readers[0]?.events.onRecords([{ offset: 205n, key: null, value: null, timestampMs: -1 }], 1_000n);
    expect(rig.events.at(-1)).toBe('sink.scope.catching-up'); // what waits for an answer would come too late
    rig.areLookupsIdle = true;
    rig.parking.advance();
    expect(rig.events.at(-1)).toBe('sink.scope.caught-up');
    expect(rig.parking.isEmpty).toBe(true);
  });

  test('is not left out again for a write that is still under way from before', async () => {
    const rig = new Rig();
    rig.reopen = async () => {
      throw new ReplicationError('ERG_3001', 'away');
    };
    rig.fail(0, 'ERG_3003');
    await rig.pass(40);
    expect(rig.count('sink.scope.parked')).toBe(1);
    expect(rig.drops).toBeGreaterThan(9); // the lanes let go of it as soon as they can
    rig.troubles = [];
    rig.reopen = async () => [];
    await rig.pass(6);
    expect(rig.events.at(-1)).toBe('sink.scope.catching-up');
  });

  test('and was being opened when all of its shard had to be left out, is not read for any more', async () => {
    const rig = new Rig();
    rig.fail(0, 'ERG_3501');
    await rig.pass(31);
    const opening = Promise.withResolvers<readonly string[]>();
    rig.reopen = () => opening.promise;
    rig.troubles = [];
    await rig.pass(5);
    rig.fail(0, 'ERG_3001');
    await rig.pass(6);
    expect(rig.parking.describe()).toMatchObject([{ shard: 's0', table: undefined }]);
    rig.reopen = async () => {
      throw new ReplicationError('ERG_3001', 'away');
    };
    rig.troubles = [];
    opening.resolve([]);
    await settle();
    expect(rig.readers).toHaveLength(0);
  });

  test('is read for when whoever read before has left its group', async () => {
    const rig = new Rig();
    rig.fail(0, 'ERG_3001');
    rig.fail(1, 'ERG_3001');
    await rig.pass(31);
    rig.troubles = [];
    await rig.pass(6);
    expect(rig.readers).toHaveLength(1);
    rig.readers[0]?.events.onEnded(new ReplicationError('ERG_1202', 'gone'));
    await rig.pass(10);
    expect(rig.readers.map(({ isStopped }) => isStopped)).toEqual([true]);
    rig.readers[0]?.left.resolve();
    await rig.pass(10);
    expect(rig.readers).toHaveLength(2);
  });

  test('stays left out as a whole when its missing tables could not be noted one by one', async () => {
    const tables = Array.from({ length: 200 }, (_, table) => `a_table_with_a_long_name_${table}`);
    const rig = new Rig(tables);
    rig.reopen = async () => tables.slice(1);
    rig.fail(0, 'ERG_3001', tables);
    await rig.pass(31);
    rig.troubles = [];
    await rig.pass(10);
    expect(rig.parking.describe()).toMatchObject([{ table: undefined, reason: expect.stringContaining('ERG_3402') }]);
    const note = formatNote({ position: undefined, parked: rig.parking.scopes });
    expect(note.length).toBeLessThan(4_000);
    rig.reopen = async () => tables.slice(0, 2);
    await rig.pass(10);
    expect(rig.parking.describe()).toHaveLength(3);
  });
});
