/** Where changes go to, and what is looked up for them. */
import { z } from 'zod';
import { KEY_RANGE_PATTERN } from '../route/key-range.ts';
import { column, name, table } from './setting-name.ts';

const KEY_RANGE = 'a range of keyspace ids such as -80, 80-c0 or c0-';
const keyRange = z
  .string()
  .regex(KEY_RANGE_PATTERN, `expected ${KEY_RANGE}`)
  .meta({ range: KEY_RANGE, examples: ['-80'] });
const shardKeyEnd = z.int();

export const target = z.strictObject({
  database: name.describe('Target database.'),
  shardBy: z
    .enum(['single', 'modulo', 'hash', 'range', 'lookup'])
    .default('single')
    .describe(
      "single: one shard. modulo: shard key modulo number of shards. hash: keyspace id of the shard key, as Vitess' vindex hash. range, lookup: as ranges or shardOf say.",
    ),
  keyspace: z
    .record(name, keyRange)
    .optional()
    .describe('Of hash: shard to its range of keyspace ids; even parts in the order of the shards when left out.'),
  ranges: z
    .array(
      z.strictObject({
        shard: name.describe('Shard of the keys in the range.'),
        from: shardKeyEnd.optional().describe('First key of the range; left out in the lowest range.'),
        below: shardKeyEnd.optional().describe('First key behind the range; left out in the highest range.'),
      }),
    )
    .min(1)
    .max(10_000)
    .optional()
    .describe('Of range: ranges of shard keys; together they are all integers.'),
  shardOf: z
    .record(z.string().min(1).max(64), name)
    .optional()
    .describe('Of lookup: shard key to its shard; the key is a number or a text, compared character by character.'),
  otherShard: name
    .optional()
    .describe('Of lookup: shard of keys that are not listed; their changes are findings when left out.'),
});

const resolver = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,63}$/, 'expected the name of a resolver, in capital letters')
  .meta({ range: 'the name of a resolver, in capital letters', examples: ['SELLER_OF_PRODUCT_ORDER'] })
  .describe('Which look-up answers; its query and logic are code of ergate.');

export const replicatedTable = z.strictObject({
  target: table.optional().describe('Name at the target; the same when left out.'),
  primaryKey: z.array(column).min(1).max(16).optional().describe('Key of a target table that declares none.'),
  shardKey: column.optional().describe('Column that holds the shard key.'),
  shardKeys: z
    .array(column)
    .min(2)
    .max(8)
    .optional()
    .describe('Columns that hold a shard key each, or NULL; the row is on the shards of all of them.'),
  findCkey: z
    .strictObject({
      resolver,
      by: column.describe('Column whose value is looked up.'),
      whenMissing: z
        .enum(['finding', 'skip'])
        .default('finding')
        .describe('No shard key is found: store a finding, or take the row for one that belongs to no shard.'),
    })
    .optional()
    .describe('Finds the shard key, or several, in another table of the source.'),
  columnReplace: z
    .record(
      column,
      z.strictObject({
        resolver,
        by: column.describe('Column whose value is looked up.'),
        database: name.optional().describe('Database that is asked; the source when left out. It has one shard.'),
        whenMissing: z
          .enum(['finding', 'null', 'keep'])
          .default('finding')
          .describe('No answer: store a finding, write NULL, or leave the column as the change has it.'),
      }),
    )
    .default({})
    .describe('Columns of the target whose value is looked up, by name.'),
  modifiedColumn: column
    .optional()
    .describe(
      'Column that every writer at the source sets to the time of its change; a forced sync leaves a row whose time at the target is not older.',
    ),
  ignoreColumns: z.array(column).default([]).describe('Source columns that are never written.'),
});
