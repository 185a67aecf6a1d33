import { expect, test } from 'vitest';
import { MISS_KEPT_MS } from '../../../../actors/route/miss-memory.ts';
import { ShardKeyMemory } from '../../../../actors/route/shard-key-memory.ts';
import { SharedLookup } from '../../../../actors/route/shared-lookup.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import type { RowChange } from '../../../../protocol/change/source-transaction.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anImage } from '../../../support/sink-builders.ts';

const COLUMNS = { table: 'line', key: 'order_no', value: 'seller_no' };

const line = (order_no: string, seller_no: Cell) => anImage({ order_no, seller_no });
const lineInserted = (key: string, value: Cell): RowChange => ({
  op: 'insert',
  table: 'line',
  before: null,
  after: line(key, value),
});
const lineDeleted = (key: string, value: Cell): RowChange => ({
  op: 'delete',
  table: 'line',
  before: line(key, value),
  after: null,
});
const lineUpdated = (key: string, before: Cell, after: Cell): RowChange => ({
  op: 'update',
  table: 'line',
  before: line(key, before),
  after: line(key, after),
});

function aLookup({ isSingle = false } = {}) {
  const answers = new Map<string, readonly Cell[]>();
  const asked: (readonly string[])[] = [];
  const clock = new ManualClock();
  const lookup = new SharedLookup({
    lookup: {
      learnFrom: COLUMNS,
      findMany: async (keys) => {
        asked.push(keys);
        return new Map([...answers].filter(([key]) => keys.includes(key)));
      },
    },
    memory: new ShardKeyMemory({ columns: COLUMNS, isSingle }),
    clock,
  });
  return { lookup, answers, asked, clock };
}

test('whoever asks in the same moment shares one query, each key once', async () => {
  const { lookup, answers, asked } = aLookup();
  answers.set('1', ['a']).set('3', ['c']);
  const [one, other] = await Promise.all([lookup.ask(['1', '2']), lookup.ask(new Set(['2', '3']))]);
  expect(asked).toEqual([['1', '2', '3']]);
  expect([one.get('1'), other.get('3'), other.get('2')]).toEqual([['a'], ['c'], undefined]);
});

test('a question that is under way is not joined: its answer may be older than the change that asks', async () => {
  const { lookup, asked } = aLookup();
  const first = lookup.ask(['1']);
  while (asked.length === 0) {
    await undefined;
  }
  await Promise.all([first, lookup.ask(['1'])]);
  expect(asked).toEqual([['1'], ['1']]);
});

test('nothing to ask is no query', async () => {
  const { lookup, asked } = aLookup();
  expect((await lookup.ask([])).size).toBe(0);
  expect(asked).toEqual([]);
});

test('a key without an answer is known for a moment, and no longer when the stream tells it', async () => {
  const { lookup, clock } = aLookup();
  await lookup.ask(['1', '2']);
  expect([lookup.isKnownMiss('1'), lookup.isKnownMiss('2'), lookup.isKnownMiss('3')]).toEqual([true, true, false]);
  lookup.learn(lineInserted('2', 'b'));
  expect(lookup.isKnownMiss('2')).toBe(false);
  clock.advance(MISS_KEPT_MS);
  expect(lookup.isKnownMiss('1')).toBe(false);
});

test('however many keys have no answer, a bounded number of them is remembered, the newest', async () => {
  const { lookup } = aLookup();
  await lookup.ask(Array.from({ length: 10_001 }, (_, key) => String(key)));
  expect([lookup.isKnownMiss('0'), lookup.isKnownMiss('1'), lookup.isKnownMiss('10000')]).toEqual([false, true, true]);
});

test('what the source said last is recalled, and what it said before that is where rows may still be', async () => {
  const { lookup, answers } = aLookup();
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([undefined, []]);
  answers.set('1', ['a', 'b']);
  await lookup.ask(['1']);
  answers.set('1', ['b', 'c']);
  await lookup.ask(['1']);
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([['b', 'c'], ['a']]);
  answers.set('1', ['a']);
  await lookup.ask(['1']);
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([['a'], ['b', 'c']]);
  answers.clear();
  await lookup.ask(['1']);
  expect(lookup.recall('1')).toEqual(['a']);
});

test('of several values of a key the stream tells each one, and which one left', () => {
  const { lookup } = aLookup();
  lookup.learn(lineInserted('1', 'a'));
  lookup.learn(lineInserted('1', 'b'));
  lookup.learn({ ...lineInserted('1', 'x'), table: 'other' });
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([['a', 'b'], []]);
  lookup.learn(lineUpdated('1', 'a', 'c'));
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([['b', 'c'], ['a']]);
  lookup.learn(lineDeleted('1', 'c'));
  expect(lookup.recall('1')).toEqual(['b', 'c']);
});

test('a value that the stream tells to have left is remembered, although nothing was known before', () => {
  for (const isSingle of [true, false]) {
    const { lookup } = aLookup({ isSingle });
    lookup.learn(lineUpdated('1', 'a', 'c'));
    expect([lookup.recall('1'), lookup.former('1')]).toEqual([['c'], ['a']]);
  }
});

test('of a single value the newest counts, NULL included', () => {
  const { lookup } = aLookup({ isSingle: true });
  lookup.learn(lineInserted('1', 'a'));
  lookup.learn(lineInserted('1', 'b'));
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([['b'], ['a']]);
  lookup.learn(lineUpdated('1', 'b', null));
  expect([lookup.recall('1'), lookup.former('1')]).toEqual([[null], ['a', 'b']]);
});

test('a key whose values change all the time is remembered in part, and only so many keys are', () => {
  const { lookup } = aLookup({ isSingle: true });
  for (let value = 0; value < 30; value += 1) {
    lookup.learn(lineInserted('1', String(value)));
  }
  expect(lookup.former('1')).toEqual(Array.from({ length: 16 }, (_, index) => String(index + 13)));
  for (let key = 2; key <= 10_001; key += 1) {
    lookup.learn(lineInserted(String(key), 'a'));
  }
  expect([lookup.recall('1'), lookup.recall('2')]).toEqual([undefined, ['a']]);
});
