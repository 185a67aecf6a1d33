/** How a pipeline finds shards and fills columns, through the door that people use: a settings text and its lines. */
import { describe, expect, test } from 'vitest';
import { aSettingsText, problemsOf, readTexts } from '../../../support/settings-text.ts';

function withTarget(target: string, table = 'shardKey: seller_no'): string {
  return aSettingsText({
    pipelines: `pipelines:
  p:
    source: { database: order, topic: cdc.order }
    target: { database: seller, ${target} }
    tables: { orders: { ${table} } }`,
  });
}

const withTable = (table: string) => withTarget('shardBy: modulo', table);

describe('ways to a shard', () => {
  test.each([
    ['hash', 'shardBy: hash'],
    ['hash with ranges of its own', 'shardBy: hash, keyspace: { seller1: -80, seller0: 80- }'],
    [
      'ranges in any order',
      'shardBy: range, ranges: [{ shard: seller1, from: 10 }, { shard: seller0, below: 0 }, { shard: seller1, from: 0, below: 10 }]',
    ],
    ['one range', 'shardBy: range, ranges: [{ shard: seller1 }]'],
    ['lookup', 'shardBy: lookup, shardOf: { KR: seller0, 7: seller1 }, otherShard: seller0'],
  ])('%s is taken', (_, target) => {
    expect(problemsOf(withTarget(target))).toEqual([]);
  });

  test('a numeric key of a lookup is a text', () => {
    const { settings } = readTexts([withTarget('shardBy: lookup, shardOf: { 7: seller1, KR: seller0 }')]);
    expect(settings?.pipelines['p']?.target.shardOf).toEqual({ '7': 'seller1', KR: 'seller0' });
  });

  test.each([
    [
      'a gap',
      'shardBy: range, ranges: [{ shard: seller0, below: 10 }, { shard: seller1, from: 11 }]',
      'ranges[1]: expected a range that begins where the one before it ends, got from 11 without below, with a gap behind without from below 10',
    ],
    [
      'an overlap',
      'shardBy: range, ranges: [{ shard: seller0, below: 10 }, { shard: seller1, from: 9 }]',
      'ranges[1]: expected a range that begins where the one before it ends, got from 9 without below, that overlaps without from below 10',
    ],
    [
      'an open lower end',
      'shardBy: range, ranges: [{ shard: seller0, from: 0 }]',
      'ranges[0]: expected a range without from, got from 0 without below',
    ],
    [
      'an open upper end',
      'shardBy: range, ranges: [{ shard: seller0, below: 5 }]',
      'ranges[0]: expected a range without below, got without from below 5',
    ],
    [
      'an empty range',
      'shardBy: range, ranges: [{ shard: seller0, below: 5 }, { shard: seller1, from: 5, below: 5 }, { shard: seller0, from: 5 }]',
      'ranges[1]: expected a range that ends behind its start, got from 5 below 5',
    ],
    [
      'a range of no shard',
      'shardBy: range, ranges: [{ shard: seller2 }]',
      'ranges[0].shard: expected one of the shards seller0, seller1, got seller2, try seller0',
    ],
    ['no ranges', 'shardBy: range', 'shardBy: expected ranges beside shardBy: range, got none'],
    [
      'ranges beside another way',
      'shardBy: modulo, ranges: [{ shard: seller0 }]',
      'ranges: expected shardBy: range beside ranges, got shardBy: modulo',
    ],
    [
      'a gap of the keyspace',
      'shardBy: hash, keyspace: { seller0: -40, seller1: 80- }',
      'keyspace.seller1: expected a range that begins where the one before it ends, got 80-, with a gap behind -40',
    ],
    [
      'an overlap of the keyspace',
      'shardBy: hash, keyspace: { seller0: -80, seller1: 40- }',
      'keyspace.seller1: expected a range that begins where the one before it ends, got 40-, that overlaps -80',
    ],
    [
      'a shard without a part of the keyspace',
      'shardBy: hash, keyspace: { seller0: "-" }',
      'keyspace: expected a range for each shard, got none for seller1',
    ],
    [
      'a keyspace of an unknown shard',
      'shardBy: hash, keyspace: { seller0: -80, seller1: 80-c0, seler2: c0- }',
      'keyspace.seler2: expected one of the shards seller0, seller1, got seler2',
    ],
    [
      'a range that is none',
      'shardBy: hash, keyspace: { seller0: 0-80, seller1: 80- }',
      'keyspace.seller0: expected a range of keyspace ids such as -80, 80-c0 or c0-, got 0-80',
    ],
    ['no list', 'shardBy: lookup', 'shardBy: expected shardOf beside shardBy: lookup, got none'],
    [
      'a key on an unknown shard',
      'shardBy: lookup, shardOf: { KR: seller9 }',
      'shardOf.KR: expected one of the shards seller0, seller1, got seller9',
    ],
    [
      'an unknown shard for the others',
      'shardBy: lookup, shardOf: { KR: seller0 }, otherShard: x',
      'otherShard: expected one of the shards seller0, seller1, got x',
    ],
  ])('%s is refused', (_, target, shown) => {
    expect(problemsOf(withTarget(target))).toEqual([expect.stringContaining(`pipelines.p.target.${shown}`)]);
  });
});

describe('look-ups', () => {
  test.each([
    ['findCkey', 'findCkey: { resolver: SELLERS_OF_ORDER, by: order_no, whenMissing: skip }'],
    ['several shard keys', 'shardKeys: [seller_no, buyer_no]'],
    [
      'columnReplace',
      'shardKey: seller_no, columnReplace: { seller_name: { resolver: NAME_OF_SELLER, by: seller_no, database: order } }',
    ],
  ])('%s is taken', (_, table) => {
    expect(problemsOf(withTable(table))).toEqual([]);
  });

  test.each([
    [
      'an unknown resolver',
      'findCkey: { resolver: SELLER_OF_ORDER, by: order_no }',
      /findCkey\.resolver: expected one of the resolvers SELLER_OF_PRODUCT_ORDER.*got SELLER_OF_ORDER, try SELLERS_OF_ORDER \(ERG_2102\)$/,
    ],
    [
      'an unknown resolver of a column',
      'shardKey: a, columnReplace: { n: { resolver: NAME_OF_SELER, by: s } }',
      /columnReplace\.n\.resolver: expected .*try NAME_OF_SELLER \(ERG_2102\)$/,
    ],
    [
      'a column that may get several values',
      'shardKey: a, columnReplace: { n: { resolver: SELLERS_OF_ORDER, by: s } }',
      /columnReplace\.n\.resolver: expected a resolver with one answer.*got SELLERS_OF_ORDER, which has many \(ERG_2102\)$/,
    ],
    [
      'a look-up in no database',
      'shardKey: a, columnReplace: { n: { resolver: NAME_OF_SELLER, by: s, database: nope } }',
      /columnReplace\.n\.database: expected one of order, seller, got nope$/,
    ],
    [
      'a look-up in a sharded database',
      'shardKey: a, columnReplace: { n: { resolver: NAME_OF_SELLER, by: s, database: seller } }',
      /columnReplace\.n\.database: expected a database with one shard, since look-ups ask it, got seller with 2$/,
    ],
    [
      'a shard key that is replaced',
      'shardKey: a, columnReplace: { a: { resolver: NAME_OF_SELLER, by: s } }',
      /columnReplace\.a: expected a column that ergate does not need itself, got a, the shard key$/,
    ],
    [
      'a marker column that is replaced',
      'shardKey: a, columnReplace: { rpc_time: { resolver: NAME_OF_SELLER, by: s } }',
      /columnReplace\.rpc_time: expected .* got rpc_time, a marker column$/,
    ],
    [
      'a replaced column that is ignored',
      'shardKey: a, columnReplace: { n: { resolver: NAME_OF_SELLER, by: s } }, ignoreColumns: [n]',
      /ignoreColumns\[0\]: expected columns that ergate does not need, got n, filled by columnReplace$/,
    ],
    [
      'one of several shard keys ignored',
      'shardKeys: [a, b], ignoreColumns: [b]',
      /ignoreColumns\[0\]: expected columns that ergate does not need, got b, the shard key$/,
    ],
    [
      'an option that there is not',
      'findCkey: { resolver: SELLERS_OF_ORDER, by: a, whenMising: skip }',
      /try whenMissing$/,
    ],
    [
      'an unknown choice',
      'findCkey: { resolver: SELLERS_OF_ORDER, by: a, whenMissing: skp }',
      /whenMissing: expected one of finding, skip, got skp, try skip$/,
    ],
    ['no column', 'findCkey: { resolver: SELLERS_OF_ORDER }', /findCkey\.by: expected a text.*got nothing$/],
    ['two ways at once', 'shardKey: a, shardKeys: [a, b]', /orders: expected shardKey or shardKeys, got both/],
  ])('%s is refused', (_, table, shown) => {
    const problems = problemsOf(withTable(table));
    expect(problems).toEqual([expect.stringMatching(shown)]);
    expect(problems[0]).toContain('pipelines.p.tables.orders');
  });

  test('a sharded source cannot be asked', () => {
    const text = aSettingsText({
      captures: '',
      pipelines: `pipelines:
  p:
    source: { database: seller, topic: t }
    target: { database: order }
    tables: { orders: { findCkey: { resolver: SELLERS_OF_ORDER, by: order_no } } }`,
    });
    expect(problemsOf(text)).toEqual([
      expect.stringContaining('pipelines.p.source.database: expected a database with one shard, since look-ups ask it'),
    ]);
  });
});
