import { describe, expect, test } from 'vitest';
import type { MysqlRow } from '../../../../actors/runtime/mysql-connection.ts';
import type { LookupResolver } from '../../../../actors/source/lookup-resolver.ts';
import { MysqlSourceLookup } from '../../../../actors/source/mysql-source-lookup.ts';
import { getResolver } from '../../../../actors/source/resolvers/get-resolver.ts';
import { readIntegerKey } from '../../../../actors/source/resolvers/integer-key.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { RESOLVER_NAMES } from '../../../../protocol/route/resolver-catalogue.ts';

/** Keys are single letters, in any case. */
const LETTERS: LookupResolver = {
  readKey: (text) => (/^[a-z]$/i.test(text) ? text.toLowerCase() : undefined),
  buildQuery: (keys) => keys.join(','),
  readRow: (row) => ({ key: String(row['key']), value: String(row['value']) }),
};

function aLookup(answer: (sql: string) => readonly MysqlRow[], resolver = LETTERS) {
  const asked: string[] = [];
  const query = async (sql: string) => {
    asked.push(sql);
    return answer(sql);
  };
  return { lookup: new MysqlSourceLookup({ name: 'LETTERS', resolver, query }), asked };
}

describe('findMany', () => {
  test('asks for each key once, in its canonical form, and answers every text that means it', async () => {
    const { lookup, asked } = aLookup(() => [{ key: 'a', value: '1' }]);
    const found = await lookup.findMany(['a', 'A', 'b', 'a', '?']);
    expect(asked).toEqual(['a,b']);
    expect([...found]).toEqual([
      ['a', ['1']],
      ['A', ['1']],
    ]);
  });

  test('gives every value of a key that has several rows, and passes over rows that nobody asked for', async () => {
    const { lookup } = aLookup(() => ['1', '2'].flatMap((value) => ['a', 'z'].map((key) => ({ key, value }))));
    expect([...(await lookup.findMany(['a']))]).toEqual([['a', ['1', '2']]]);
  });

  test.each([
    ['an answer of the server that no retry changes', { errno: 1146 }, 'ERG_2103'],
    ['any other answer', { errno: 1205 }, 'ERG_2101'],
    ['a lost connection', { code: 'ECONNRESET' }, 'ERG_2101'],
  ])('%s becomes its code, with the name of the resolver', async (_, fields, code) => {
    const cause = Object.assign(new Error('no'), fields);
    const { lookup } = aLookup(() => {
      throw cause;
    });
    await expect(lookup.findMany(['a'])).rejects.toMatchObject({ code, message: `${code}: LETTERS: no`, cause });
  });

  test('an error that has a code keeps it', async () => {
    const { lookup } = aLookup(() => {
      throw new ReplicationError('ERG_9001', 'closed');
    });
    await expect(lookup.findMany(['a'])).rejects.toMatchObject({ code: 'ERG_9001' });
  });
});

test.each([
  ['7', '7'],
  ['007', '7'],
  ['0', '0'],
  ['000', '0'],
  ['-0', '0'],
  ['-012', '-12'],
  ['18446744073709551615', '18446744073709551615'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['', undefined],
  ['-', undefined],
  ['+7', undefined],
  ['1.0', undefined],
  ['1e3', undefined],
  [' 7', undefined],
  ['7\n', undefined],
  ['7) OR (1=1', undefined],
  ['123456789012345678901', undefined],
])('the integer key of %j is %j', (text, key) => {
  expect(readIntegerKey(text)).toBe(key);
});

describe('every resolver', () => {
  test.each(RESOLVER_NAMES)('%s asks with its keys as they are and reads exact texts', (name) => {
    const resolver = getResolver(name);
    expect(resolver.buildQuery(['1', '18446744073709551615'])).toMatch(/ IN \(1, 18446744073709551615\)$/);
    expect(resolver.readRow({ k: '1', v: '9007199254740993' })).toEqual({ key: '1', value: '9007199254740993' });
    expect(resolver.readRow({ k: '1', v: null })).toEqual({ key: '1', value: null });
    expect(['007', 'x', "1' OR '1'='1"].map((text) => resolver.readKey(text))).toEqual(['7', undefined, undefined]);
  });

  test('a name that there is not is refused with those that there are', () => {
    expect(() => getResolver('constructor')).toThrow(/ERG_2102.*NAME_OF_SELLER/);
  });
});

describe('a resolver that fails by itself', () => {
  const thrown = () => {
    throw new TypeError('slip');
  };

  test.each<[string, Partial<LookupResolver>]>([
    ['reads no key', { readKey: thrown }],
    ['writes no query', { buildQuery: thrown }],
    ['reads no row', { readRow: thrown }],
    // What a slip in a resolver can do although its type says otherwise.
    ['reads a row without a value', { readRow: () => ({ key: 'a', value: undefined as unknown as null }) }],
  ])('%s has a code of its own, which no retry waits for', async (_, slip) => {
    const { lookup } = aLookup(() => [{ key: 'a', value: '1' }], { ...LETTERS, ...slip });
    await expect(lookup.findMany(['a'])).rejects.toMatchObject({
      code: 'ERG_2104',
      class: 'row',
      message: expect.stringContaining('LETTERS: '),
    });
  });
});
