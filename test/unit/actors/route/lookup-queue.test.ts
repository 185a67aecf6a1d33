import { expect, test } from 'vitest';
import { type LookupListener, LookupQueue, type WaitingRecord } from '../../../../actors/route/lookup-queue.ts';
import { SharedLookup } from '../../../../actors/route/shared-lookup.ts';
import { TableRoute } from '../../../../actors/route/table-route.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anImage } from '../../../support/sink-builders.ts';

const GIVE_UP_AFTER_MS = 60_000;
const LONGEST_PAUSE_MS = 5_000;

function aRoute(whenMissing: 'finding' | 'skip'): TableRoute {
  const shardKeyLookup = { lookup: 'db/R', resolver: 'R', by: 'k', isSingle: true, whenMissing };
  const rest = { ordinal: 0, shardKeys: [], filler: undefined, queue: 'db/R', latencyColumn: undefined, shards: [] };
  return new TableRoute({ name: 't', shardKeyLookup, ...rest });
}

/** @param fail what a query with these keys ends in; undefined when it is answered */
function aQueue(
  fail: (keys: readonly string[]) => ReplicationError | undefined,
  whenMissing?: 'finding' | 'skip',
  listener: Partial<LookupListener> = {},
) {
  const clock = new ManualClock();
  const asked: (readonly string[])[] = [];
  const outcomes: string[] = [];
  const waiting = new Set<() => void>();
  const note = (outcome: string) => {
    outcomes.push(outcome);
    for (const check of waiting) {
      check();
    }
  };
  const lookup = {
    learnFrom: undefined,
    findMany: async (keys: readonly string[]) => {
      asked.push(keys);
      const error = fail(keys);
      if (error !== undefined) {
        throw error;
      }
      return new Map(keys.filter((key) => !key.startsWith('missing')).map((key) => [key, [`${key}!`]]));
    },
  };
  const queue = new LookupQueue({
    lookups: new Map([['db/R', new SharedLookup({ lookup, memory: undefined, clock })]]),
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    onFound: ({ changes }, answers) => {
      const found = changes.map(({ change, route }) => {
        const key = change.after === null ? undefined : route.findLookupKey(change.after);
        return key === undefined ? 'none' : (answers.find('db/R', key)?.join('') ?? `${key}?`);
      });
      note(found.join(' '));
    },
    onGivenUp: ({ changes }, error) => note(`${error.code} of ${changes.length}`),
    onFailed: (error) => note(`failed ${error.code}`),
    ...listener,
    clock,
    logger: silentLogger,
    random: () => 0.5,
  });
  const route = aRoute(whenMissing ?? 'finding');
  const add = (...keys: readonly (string | null)[]) => {
    const changes = keys.map((key, payloadIndex) => {
      const change = { op: 'insert', table: 't', before: null, after: anImage({ k: key }) } as const;
      return { route, change, payloadIndex };
    });
    queue.add({ context: aContext(clock.monotonicMs()), changes });
  };
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (outcomes.length >= count) {
          waiting.delete(check);
          resolve();
        }
      };
      waiting.add(check);
      check();
    });
  return { queue, add, asked, outcomes, until, clock };
}

function aContext(arrivedMs: number): WaitingRecord['context'] {
  const record = { offset: 1n, key: null, value: null, timestampMs: -1 };
  const ledger = new OffsetLedger(0, undefined);
  return { record, ledger, slot: 0, seq: '1', commitTime: null, laneHash: 0, bytesPerChange: 1, arrivedMs };
}

const AWAY = new ReplicationError('ERG_2101', 'away');
const SLIP = new ReplicationError('ERG_2104', 'slip');

test('what arrives in the same moment is one query, and is told in order', async () => {
  const { add, asked, outcomes, until } = aQueue(() => undefined);
  add('b', 'a');
  add('a', null);
  add('missing');
  await until(3);
  expect(asked).toEqual([['b', 'a', 'missing']]);
  expect(outcomes).toEqual(['b! a!', 'a! none', 'missing?']);
});

test('a backlog is asked for in parts', async () => {
  const { add, asked, until } = aQueue(() => undefined);
  for (let record = 0; record < 1_200; record += 1) {
    add(String(record));
  }
  await until(1_200);
  expect(asked.map(({ length }) => length)).toEqual([500, 500, 200]);
});

test('a key that had no answer a moment ago is not asked for again, where that becomes a finding', async () => {
  const { add, asked, until, clock } = aQueue(() => undefined, 'finding');
  for (const count of [1, 2]) {
    add('missing');
    await until(count);
  }
  expect(asked).toEqual([['missing']]);
  clock.advance(10_000);
  add('missing');
  await until(3);
  expect(asked).toEqual([['missing'], ['missing']]);
});

test('a row that is passed over without an answer is never passed over by an old one', async () => {
  const { add, asked, until } = aQueue(() => undefined, 'skip');
  for (const count of [1, 2]) {
    add('missing');
    await until(count);
  }
  expect(asked).toEqual([['missing'], ['missing']]);
});

test('while the database is away everything waits in order, and is asked for again later and later', async () => {
  let isAway = true;
  const { queue, add, asked, outcomes, until, clock } = aQueue(() => (isAway ? AWAY : undefined));
  add('a');
  for (let tries = 0; tries < 4; tries += 1) {
    await clock.untilAwaited();
    expect(queue.blocked).toContain('ERG_2101');
    clock.advance(LONGEST_PAUSE_MS);
    add(String(tries));
  }
  await clock.untilAwaited();
  expect([asked.length, outcomes]).toEqual([5, []]);
  isAway = false;
  clock.advance(LONGEST_PAUSE_MS);
  await until(5);
  expect(outcomes).toEqual(['a!', '0!', '1!', '2!', '3!']);
  expect(queue.blocked).toBeUndefined();
});

test('a record waits as long as it may and is then given up; one that came later waits its own time', async () => {
  let isAway = true;
  const { queue, add, outcomes, until, clock } = aQueue(() => (isAway ? AWAY : undefined));
  add('a', 'b');
  await clock.untilAwaited();
  clock.advance(GIVE_UP_AFTER_MS - LONGEST_PAUSE_MS);
  add('c');
  await clock.untilAwaited();
  expect(outcomes).toEqual([]);
  clock.advance(LONGEST_PAUSE_MS);
  await until(1);
  expect(outcomes).toEqual(['ERG_2007 of 2']);
  await clock.untilAwaited();
  isAway = false;
  clock.advance(LONGEST_PAUSE_MS);
  await until(2);
  expect([outcomes, queue.blocked]).toEqual([['ERG_2007 of 2', 'c!'], undefined]);
});

test('a resolver that fails on one key fails the record with that key alone, in its place', async () => {
  const { add, asked, outcomes, until } = aQueue((keys) => (keys.includes('bad') ? SLIP : undefined));
  for (const key of ['a', 'bad', 'b']) {
    add(key);
  }
  await until(3);
  expect(outcomes).toEqual(['a!', 'ERG_2104 of 1', 'b!']);
  add('c');
  add('d');
  await until(5);
  expect(asked).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b'], ['c', 'd']]);
});

test('what a person has to mend ends the sink, and nothing more is asked', async () => {
  const refused = new ReplicationError('ERG_2103', 'no such table');
  const { queue, add, asked, outcomes, until } = aQueue(() => refused);
  add('a');
  await until(1);
  add('b');
  await queue.stop();
  expect([asked, outcomes]).toEqual([[['a']], ['failed ERG_2103']]);
});

test('a queue that is stopped while it waits ends at once and tells nothing more', async () => {
  const { queue, add, outcomes, clock } = aQueue(() => AWAY);
  add('a');
  await clock.untilAwaited();
  await queue.stop();
  expect([outcomes, clock.timers]).toEqual([[], 0]);
});

test('a queue is idle when it has told all answers, not before', async () => {
  const idle: boolean[] = [];
  const told = Promise.withResolvers<void>();
  const clock = new ManualClock();
  const queue: LookupQueue = new LookupQueue({
    lookups: new Map(),
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    onFound: () => {
      idle.push(queue.isIdle);
      if (idle.length === 3) {
        told.resolve();
      }
    },
    onGivenUp: () => {},
    onFailed: () => {},
    clock,
    logger: silentLogger,
    random: () => 0,
  });
  for (let records = 0; records < 3; records += 1) {
    queue.add({ context: aContext(0), changes: [] });
  }
  await told.promise;
  expect(idle).toEqual([false, false, true]);
  await queue.stop();
});

test('a bug in what becomes of an answer is a failure of its owner, and not of the process', async () => {
  const failures: unknown[] = [];
  const { queue, add } = aQueue(() => undefined, 'finding', {
    onFound: () => {
      throw new TypeError('a bug');
    },
    onFailed: (error) => failures.push(error),
  });
  add('a');
  add('b');
  await expect.poll(() => failures).toEqual([expect.objectContaining({ code: 'ERG_9000' })]);
  add('c');
  await queue.stop();
  expect(failures).toHaveLength(1);
});
