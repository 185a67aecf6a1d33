/** On which shards a row was and is, by shard keys that the change carries or that a look-up found. */
import { describe, expect, test } from 'vitest';
import { PlaceFinder } from '../../../../actors/route/place-finder.ts';
import { type ShardKeyLookup, TableRoute } from '../../../../actors/route/table-route.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import type { RowChange } from '../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { lookupShards } from '../../../../protocol/route/lookup-shards.ts';
import { moduloShards } from '../../../../protocol/route/modulo-shards.ts';
import type { ShardMap } from '../../../../protocol/route/shard-map.ts';
import { anImage } from '../../../support/sink-builders.ts';

type Cells = Readonly<Record<string, Cell>>;

const LOOKUP: ShardKeyLookup = { lookup: 'db/R', resolver: 'R', by: 'k', isSingle: false, whenMissing: 'finding' };

function aRoute(more: { readonly shardKeys?: readonly string[]; readonly lookup?: Partial<ShardKeyLookup> }) {
  return new TableRoute({
    name: 't',
    ordinal: 0,
    shardKeys: more.shardKeys ?? [],
    shardKeyLookup: more.lookup === undefined ? undefined : { ...LOOKUP, ...more.lookup },
    filler: undefined,
    queue: undefined,
    latencyColumn: undefined,
    shards: [],
  });
}

const inserted = (after: Cells): RowChange => ({ op: 'insert', table: 't', before: null, after: anImage(after) });
const deleted = (before: Cells): RowChange => ({ op: 'delete', table: 't', before: anImage(before), after: null });
const updated = (before: Cells, after: Cells): RowChange => ({
  op: 'update',
  table: 't',
  before: anImage(before),
  after: anImage(after),
});

const MODULO = moduloShards(4);

function shown(places: ReturnType<PlaceFinder['byKey']>): string {
  return places instanceof ReplicationError ? places.message : `${places.before.join()} > ${places.after.join()}`;
}

describe('by keys of the change', () => {
  const ONE = aRoute({ shardKeys: ['a'] });
  const SEVERAL = aRoute({ shardKeys: ['a', 'b'] });
  const byKey = (route: TableRoute, change: RowChange, map: ShardMap = MODULO) =>
    shown(new PlaceFinder(map).byKey(route, change));

  test.each<[string, TableRoute, RowChange, string]>([
    ['one key', ONE, updated({ a: '1' }, { a: '6' }), '1 > 2'],
    ['several keys', SEVERAL, updated({ a: '0', b: '1' }, { a: '1', b: '2' }), '0,1 > 1,2'],
    ['several keys on one shard', SEVERAL, inserted({ a: '1', b: '5' }), ' > 1'],
    ['a key that is NULL beside another', SEVERAL, deleted({ a: null, b: '3' }), '3 > '],
    [
      'nothing but NULL',
      SEVERAL,
      inserted({ a: null, b: null }),
      'ERG_2002: table t: expected an integer as shard key',
    ],
    [
      'a key that is no integer',
      SEVERAL,
      inserted({ a: '1', b: 'x' }),
      'ERG_2002: table t: expected an integer as shard key',
    ],
    ['a column that is missing', SEVERAL, inserted({ a: '1' }), 'ERG_2002: table t: expected an integer as shard key'],
  ])('%s', (_, route, change, expected) => {
    expect(byKey(route, change)).toBe(expected);
  });

  test('a key that the map does not list has a code of its own', () => {
    const map = lookupShards(2, new Map([['KR', 1]]), undefined);
    expect(byKey(ONE, inserted({ a: 'KR' }), map)).toBe(' > 1');
    expect(byKey(ONE, inserted({ a: 'JP' }), map)).toMatch(/^ERG_2003/);
    expect(byKey(ONE, inserted({ a: null }), map)).toMatch(/^ERG_2002/);
  });
});

describe('by answers', () => {
  function byAnswer(
    change: RowChange,
    answers: Readonly<Record<string, readonly Cell[]>>,
    { former = {}, ...lookup }: { former?: Readonly<Record<string, readonly Cell[]>> } & Partial<ShardKeyLookup> = {},
  ) {
    const told = {
      find: (_: string, key: string) => answers[key],
      former: (_: string, key: string) => former[key] ?? [],
    };
    return shown(new PlaceFinder(MODULO).byAnswer(aRoute({ lookup }), change, told));
  }

  test('what was {a, b} and is {b, c} was at a and b, and is at b and c', () => {
    const change = updated({ k: '1' }, { k: '2' });
    expect(byAnswer(change, { '1': ['0', '1'], '2': ['1', '2'] })).toBe('0,1 > 1,2');
  });

  test('a row is also where a former answer put it', () => {
    const former = { '1': ['3', '7', null, 'x'] };
    expect(byAnswer(updated({ k: '1' }, { k: '1' }), { '1': ['1', '2'] }, { former })).toBe('1,2,3 > 1,2');
    expect(byAnswer(deleted({ k: '1' }), { '1': ['1'] }, { former })).toBe('1,3 > ');
    expect(byAnswer(inserted({ k: '1' }), { '1': ['1'] }, { former })).toBe(' > 1');
  });

  test('where nothing tells where a row was, it is looked for everywhere', () => {
    expect(byAnswer(deleted({ k: '1' }), {})).toBe('0,1,2,3 > ');
    expect(byAnswer(updated({ k: '1' }, { k: '2' }), { '2': ['2'] })).toBe('0,1,2,3 > 2');
    expect(byAnswer(updated({ k: null }, { k: '2' }), { '2': ['2'] })).toBe('0,1,2,3 > 2');
  });

  test('a row that belongs to no shard by rights is looked for when it is deleted only', () => {
    const skip = { whenMissing: 'skip' } as const;
    expect(byAnswer(inserted({ k: '1' }), {}, skip)).toBe(' > ');
    expect(byAnswer(inserted({ k: '1' }), { '1': [null] }, skip)).toBe(' > ');
    expect(byAnswer(updated({ k: '1' }, { k: '1' }), { '1': [null] }, skip)).toBe(' > ');
    expect(byAnswer(updated({ k: '1' }, { k: '1' }), { '1': [null] }, { ...skip, former: { '1': ['3'] } })).toBe(
      '3 > ',
    );
    expect(byAnswer(deleted({ k: '1' }), {}, skip)).toBe('0,1,2,3 > ');
  });

  test.each<[string, Cells, Readonly<Record<string, readonly Cell[]>>, string]>([
    ['no answer', { k: '1' }, {}, 'ERG_2001: table t: R has no answer for the change'],
    ['no key', { k: null }, {}, 'ERG_2001'],
    ['no column', { other: '1' }, {}, 'ERG_2001'],
    ['NULL alone', { k: '1' }, { '1': [null] }, 'ERG_2004: table t: R: expected a shard key, got NULL'],
    ['a text', { k: '1' }, { '1': ['2', 'here'] }, 'ERG_2004: table t: R: expected an integer as shard key'],
  ])('%s is refused', (_, after, answers, expected) => {
    expect(byAnswer(inserted(after), answers)).toContain(expected);
  });

  test('NULL beside a shard key says nothing', () => {
    expect(byAnswer(inserted({ k: '1' }), { '1': [null, '2'] })).toBe(' > 2');
  });

  test('two answers of one that has one are refused, however often the same one comes is not', () => {
    const single = { isSingle: true };
    expect(byAnswer(inserted({ k: '1' }), { '1': ['2', '2'] }, single)).toBe(' > 2');
    expect(byAnswer(inserted({ k: '1' }), { '1': ['2', '6'] }, single)).toBe(
      'ERG_2005: table t: expected one answer of R, got 2',
    );
  });

  test('a delete goes to every place that an answer names, also where one answer is expected', () => {
    expect(byAnswer(deleted({ k: '1' }), { '1': ['2', '6', '1'] }, { isSingle: true })).toBe('2,1 > ');
  });
});
