import { describe, expect, test } from 'vitest';
import { Breaker } from '../../../../actors/breaker/breaker.ts';
import { FallbackRowReader } from '../../../../actors/row/fallback-row-reader.ts';
import { GatedRowReader } from '../../../../actors/row/gated-row-reader.ts';
import type { RowReader } from '../../../../actors/row/row-reader.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRowReader } from '../../../support/memory-row-reader.ts';
import { aTable } from '../../../support/sink-builders.ts';

const TABLE = aTable({ columns: ['id'] });
const PACE_MS = 800;
const OPEN_MS = 30_000;

const fail = (code: ErrorCode) => new ReplicationError(code, 'so it is');

const READINGS: Readonly<Record<string, (reader: RowReader) => Promise<unknown>>> = {
  tables: (reader) => reader.readTables([TABLE.name]),
  many: (reader) => reader.readMany(TABLE, [['1']]),
  range: (reader) => reader.readRange(TABLE, { after: undefined, through: undefined, limit: 1 }),
};

/** The readers of one shard in a process, with the breaker of the shard. */
class Rig implements Disposable {
  readonly clock = new ManualClock();
  readonly rows = new MemoryRowReader(TABLE);
  queries = 0;
  isWell = false;
  readonly known = Promise.withResolvers<void>();
  readonly breaker = new Breaker({
    pipeline: 'p',
    shard: 's0',
    rules: { failures: 5, openForMs: OPEN_MS },
    validate: async () => {
      this.queries += 1;
      if (!this.isWell) {
        throw fail('ERG_3001');
      }
    },
    onChange: () => {},
    known: this.known.promise,
    clock: this.clock,
    logger: silentLogger,
  });
  readonly reader = new GatedRowReader({ reader: this.rows, gate: this.breaker, clock: this.clock });

  constructor({ isKnown = true } = {}) {
    this.rows.put(TABLE.name, { id: '1' });
    if (isKnown) {
      this.known.resolve();
    }
  }

  async failOnce(code: ErrorCode = 'ERG_3001', read = READINGS['many']): Promise<void> {
    this.rows.failure = fail(code);
    await expect(read?.(this.reader)).rejects.toMatchObject({ code });
    this.rows.failure = undefined;
    await settle();
  }

  /** Lets a query end, then the pause behind it. */
  async pass(ms: number): Promise<void> {
    await settle();
    this.clock.advance(ms);
    await settle();
  }

  async open(): Promise<void> {
    await this.failOnce();
    for (let paces = 0; paces < 4; paces += 1) {
      await this.pass(PACE_MS);
    }
    expect(this.breaker.refusal?.code).toBe('ERG_3011');
  }

  [Symbol.dispose](): void {
    this.breaker[Symbol.dispose]();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

describe.each(Object.entries(READINGS))('a reading of %s', (_, read) => {
  test('that fails for want of the shard makes the breaker ask it; the fifth failed query opens it, though nothing is written', async () => {
    using rig = new Rig();
    await rig.failOnce('ERG_3001', read);
    expect(rig.queries).toBe(1);
    for (let queries = 2; queries <= 5; queries += 1) {
      expect(rig.breaker.refusal).toBeUndefined();
      await rig.pass(PACE_MS);
      expect(rig.queries).toBe(queries);
    }
    expect(rig.breaker.refusal?.code).toBe('ERG_3011');
  });

  test('reaches the shard while its breaker is closed, and not while that is open or probes', async () => {
    using rig = new Rig();
    await read(rig.reader);
    await rig.open();
    const asked = rig.rows.reads.length;
    await expect(read(rig.reader)).rejects.toMatchObject({ code: 'ERG_3011' });
    rig.clock.advance(OPEN_MS);
    expect(rig.breaker.describe()).toMatchObject({ state: 'halfOpen' });
    await expect(read(rig.reader)).rejects.toMatchObject({ code: 'ERG_3011' });
    expect(rig.rows.reads).toHaveLength(asked);
    rig.isWell = true;
    await rig.pass(OPEN_MS);
    await read(rig.reader);
    expect(rig.rows.reads).toHaveLength(asked + 1);
  });

  test('that comes before it is known what people ordered waits for that', async () => {
    using rig = new Rig({ isKnown: false });
    const reading = read(rig.reader);
    await settle();
    rig.breaker.hold('a restore');
    rig.known.resolve();
    await expect(reading).rejects.toMatchObject({ code: 'ERG_3012' });
    expect(rig.rows.reads).toEqual([]);
  });
});

test.each(['ERG_3004', 'ERG_3201', 'ERG_3401', 'ERG_3402', 'ERG_3501', 'ERG_9001'] as const)(
  'a reading that fails for anything else asks nothing: %s',
  async (code) => {
    using rig = new Rig();
    await rig.failOnce(code);
    expect(rig.queries).toBe(0);
    expect(rig.breaker.describe()).toBeUndefined();
  },
);

test('what a failed reading makes it ask and the shard answers is no failure, however often', async () => {
  using rig = new Rig();
  rig.isWell = true;
  for (let times = 0; times < 20; times += 1) {
    await rig.failOnce('ERG_3001');
  }
  expect(rig.queries).toBe(20);
  expect(rig.breaker.describe()).toBeUndefined();
});

test('a reading that is not answered for a second makes it ask; one that was answered in time leaves nothing behind', async () => {
  using rig = new Rig();
  const { timers } = rig.clock;
  await rig.reader.readMany(TABLE, [['1']]);
  expect(rig.clock.timers).toBe(timers);
  const answer = Promise.withResolvers<void>();
  rig.rows.onRead = () => answer.promise;
  const reading = rig.reader.readMany(TABLE, [['1']]);
  await settle();
  rig.clock.advance(999);
  expect(rig.queries).toBe(0);
  await rig.pass(1);
  expect(rig.queries).toBe(1);
  answer.resolve();
  expect((await reading).size).toBe(1);
});

test('rows that are read do not make it forget a failed query, nor close it: a server that cannot be written answers them', async () => {
  using rig = new Rig();
  rig.breaker.sawFailure(fail('ERG_3007')); // of a sink
  for (let paces = 0; paces < 4; paces += 1) {
    expect((await rig.reader.readMany(TABLE, [['1']])).size).toBe(1);
    await rig.pass(PACE_MS);
  }
  expect(rig.breaker.refusal?.code).toBe('ERG_3011');
});

test('a replica that fails says nothing of its primary; one beside a primary that is away does not hide it', async () => {
  using rig = new Rig();
  const replica = new MemoryRowReader(TABLE);
  const { clock, reader: primary } = rig;
  const reader = new FallbackRowReader({ replica, primary, clock, onFailed: () => {} });
  replica.failure = fail('ERG_3001');
  for (let times = 0; times < 20; times += 1) {
    expect((await reader.readMany(TABLE, [['1']])).size).toBe(1);
    clock.advance(20_000);
  }
  expect(replica.rowsAsked).toBe(20);
  expect(rig.queries).toBe(0);
  rig.rows.failure = fail('ERG_3001');
  await expect(reader.readMany(TABLE, [['1']])).rejects.toMatchObject({ code: 'ERG_3001' });
  await settle();
  expect(rig.queries).toBe(1);
});

test('closing it closes what it reads with', () => {
  using rig = new Rig();
  rig.reader.close();
  expect(rig.rows.isClosed).toBe(true);
});
