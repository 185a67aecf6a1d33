/** Rules between fields, through the door that people use: a settings text and the lines that it gives. */
import { describe, expect, test } from 'vitest';
import { aSettingsText, problemsOf } from '../../../support/settings-text.ts';

const SELLER = '{ driver: mysql, shards: [{ name: s, host: h, user: u, database: seller }] }';
const ORDER = '{ driver: mysql, shards: [{ name: o, host: order-host, user: u, database: order }] }';

function databases(more: Readonly<Record<string, string>>): string {
  const entries = Object.entries({ order: ORDER, seller: SELLER, ...more });
  return `databases:\n${entries.map(([name, entry]) => `  ${name}: ${entry}`).join('\n')}`;
}

function pipelines(...entries: readonly string[]): string {
  return `pipelines:\n${entries.map((entry, index) => `  p${index}: { ${entry} }`).join('\n')}`;
}

const FROM_ORDER = 'source: { database: order, topic: cdc.order }';

describe('databases', () => {
  test.each([
    [
      'two shards of one name',
      '{ name: a, host: h1, user: u, database: d }, { name: a, host: h2, user: u, database: d }',
      'shards[1].name: expected a name of its own',
    ],
    [
      'two shards at one place',
      '{ name: a, host: h, user: u, database: d }, { name: b, host: h, user: u, database: d }',
      'shards[1]: expected a host, port and database of its own',
    ],
    [
      'a replica that is its shard',
      '{ name: a, host: h, user: u, database: d, replica: { host: h } }',
      'shards[0].replica: expected another host or port than those of the shard',
    ],
  ])('%s are refused', (_, shards, shown) => {
    const text = aSettingsText({ databases: databases({ other: `{ driver: mysql, shards: [${shards}] }` }) });
    expect(problemsOf(text.replace('shardBy: modulo', 'shardBy: single').replace('shardKey: seller_no', ''))).toEqual([
      expect.stringContaining(`databases.other.${shown}`),
    ]);
  });
});

describe('captures', () => {
  const capture = (more: string) => `{ topic: t, serverId: 1, tables: { a: { recordKey: [id] } }, ${more} }`;

  test.each([
    [
      'no such database',
      `c: ${capture('database: nope')}`,
      'captures.c.database: expected one of order, seller, got nope',
    ],
    [
      'a sharded source',
      `c: ${capture('database: seller')}`,
      'captures.c.database: expected a database with one shard',
    ],
    [
      'the server id of another',
      `c: ${capture('database: order')}\n  d: ${capture('database: order').replace('topic: t', 'topic: u')}`,
      'captures.d.serverId: expected a value that no other capture has, got 1 as capture c has',
    ],
    [
      'the topic of another',
      `c: ${capture('database: order')}\n  d: ${capture('database: order').replace('serverId: 1', 'serverId: 2')}`,
      'captures.d.topic: expected a value that no other capture has, got t as capture c has',
    ],
    [
      'no tables',
      'c: { database: order, topic: t, serverId: 1, tables: {} }',
      'captures.c.tables: expected at least one table, got none',
    ],
  ])('a capture with %s is refused', (_, captures, shown) => {
    expect(problemsOf(aSettingsText({ captures: `captures:\n  ${captures}` }))).toEqual([
      expect.stringContaining(shown),
    ]);
  });
});

describe('pipelines', () => {
  const base = { databases: databases({}) };

  test.each([
    [
      'no tables',
      `${FROM_ORDER}, target: { database: seller }, tables: {}`,
      'p0.tables: expected at least one table, got none',
    ],
    [
      'a table that is not captured',
      `${FROM_ORDER}, target: { database: seller }, tables: { order: {} }`,
      'p0.tables.order: expected a table that capture order reads (orders), got order, try orders',
    ],
    [
      'another source than its capture',
      'source: { database: seller, topic: cdc.order }, target: { database: seller2 }, tables: { orders: {} }',
      'p0.source.database: expected order, whose changes capture order writes to cdc.order, got seller',
    ],
    [
      'two ways to the shard key',
      `${FROM_ORDER}, target: { database: seller }, tables: { orders: { shardKey: a, findCkey: { resolver: SELLERS_OF_ORDER, by: b } } }`,
      'p0.tables.orders: expected shardKey or findCkey, got both',
    ],
    [
      'markers in one column (B124)',
      `${FROM_ORDER}, target: { database: seller }, tables: { orders: {} }, marker: { version: RPC_TIME }`,
      'p0.marker: expected three different columns',
    ],
    [
      'the primary key ignored (B124)',
      `${FROM_ORDER}, target: { database: seller }, tables: { orders: { primaryKey: [id], ignoreColumns: [v, id] } }`,
      'p0.tables.orders.ignoreColumns[1]: expected columns that ergate does not need, got id, part of the primary key',
    ],
    [
      'the version ignored (B124)',
      `${FROM_ORDER}, target: { database: seller }, tables: { orders: { ignoreColumns: [ergate_seq] } }`,
      'p0.tables.orders.ignoreColumns[0]: expected columns that ergate does not need, got ergate_seq, a marker column',
    ],
    [
      'the looked-up column ignored',
      `${FROM_ORDER}, target: { database: seller }, tables: { orders: { findCkey: { resolver: SELLERS_OF_ORDER, by: b }, ignoreColumns: [b] } }`,
      'p0.tables.orders.ignoreColumns[0]: expected columns that ergate does not need, got b, the column of findCkey',
    ],
  ])('a pipeline with %s is refused', (_, pipeline, shown) => {
    const more = { seller2: SELLER.replace('host: h,', 'host: h2,') };
    const text = aSettingsText({ databases: databases(more), pipelines: pipelines(pipeline) });
    expect(problemsOf(text)).toEqual([expect.stringContaining(`pipelines.${shown}`)]);
  });

  const FOREIGN = 'source: { database: order, topic: other, ';

  test.each([
    [
      'a setting of debezium, for the format ergate',
      `${FOREIGN} debezium: { truncate: finding } }`,
      'source.debezium: expected nothing here for the format ergate, got a setting of debezium, try format: debezium',
    ],
    [
      'a setting of debezium, for the format maxwell',
      `${FOREIGN} format: maxwell, debezium: {} }`,
      'source.debezium: expected nothing here for the format maxwell, got a setting of debezium, try format: debezium',
    ],
    [
      'the forms of columns, for the format ergate',
      `${FOREIGN} format: ergate, columns: { orders: { c: hex } } }`,
      'source.columns: expected nothing here for the format ergate, got a setting of debezium and maxwell',
    ],
    [
      'the epoch of a foreign log, for the format ergate',
      `${FOREIGN} logEpoch: 0 }`,
      'source.logEpoch: expected nothing here for the format ergate, got a setting of debezium and maxwell',
    ],
    [
      'the forms of a table that no pipeline replicates',
      `${FOREIGN} format: maxwell, columns: { order: { c: hex } } }`,
      'source.columns.order: expected a table that is replicated from order (orders), got order, try orders',
    ],
    [
      'another format than the capture of its topic writes',
      'source: { database: order, topic: cdc.order, format: debezium }',
      'source.format: expected ergate, which capture order writes to cdc.order, got debezium, try ergate',
    ],
  ])('a pipeline with %s is refused', (_, source, shown) => {
    const text = pipelines(`${source}, target: { database: seller }, tables: { orders: {} }`);
    expect(problemsOf(aSettingsText({ ...base, pipelines: text }))).toEqual([
      expect.stringContaining(`pipelines.p0.${shown}`),
    ]);
  });

  test.each(['debezium', 'maxwell'])('what the format %s needs is told where it is named', (format) => {
    const more = format === 'debezium' ? ', debezium: { withoutSchema: accept }' : '';
    const source = `${FOREIGN} format: ${format}, logEpoch: 0, columns: { orders: { c: hex }, payment: { c: date } }${more} }`;
    const text = pipelines(
      `${source}, target: { database: seller }, tables: { orders: {} }`,
      `${source}, target: { database: seller }, tables: { payment: {} }`,
    );
    expect(problemsOf(aSettingsText({ ...base, pipelines: text }))).toEqual([]);
  });

  test('a sharded target needs a way to its shards, and each table a shard key', () => {
    const single = pipelines(`${FROM_ORDER}, target: { database: seller }, tables: { orders: {} }`);
    expect(problemsOf(aSettingsText({ pipelines: single }))).toEqual([
      expect.stringContaining(
        'p0.target.shardBy: expected a way to choose a shard, got single, and seller has 2 shards',
      ),
    ]);
    const modulo = single.replace('database: seller', 'database: seller, shardBy: modulo');
    expect(problemsOf(aSettingsText({ pipelines: modulo }))).toEqual([
      expect.stringContaining(
        'p0.tables.orders: expected shardKey, shardKeys or findCkey, since the target is sharded, got none',
      ),
    ]);
  });

  test.each([
    [
      'two tables of one pipeline',
      [`${FROM_ORDER}, target: { database: seller }, tables: { orders: {}, lines: { target: orders } }`],
      'p0.tables.lines',
    ],
    [
      'two pipelines',
      Array(2).fill(`${FROM_ORDER}, target: { database: seller }, tables: { orders: {} }`),
      'p1.tables.orders',
    ],
    [
      'two pipelines whose targets are one place under two names',
      ['seller', 'alias'].map((target) => `${FROM_ORDER}, target: { database: ${target} }, tables: { orders: {} }`),
      'p1.tables.orders',
    ],
  ])('one target table written by %s is refused (B123)', (_, entries, path) => {
    const text = aSettingsText({
      databases: databases({ alias: SELLER }),
      captures: '',
      pipelines: pipelines(...entries),
    });
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(`pipelines.${path}: expected a target table of its own`),
    ]);
  });

  test.each([
    ['under the same name', 'order'],
    ['under another name', 'mirror'],
  ])('a target that is its own source %s is refused, also without a capture (B123)', (_, target) => {
    const text = (captures: string) =>
      aSettingsText({
        databases: databases({ mirror: ORDER }),
        ...(captures === '' ? { captures } : {}),
        pipelines: pipelines(`${FROM_ORDER}, target: { database: ${target} }, tables: { orders: {} }`),
      });
    for (const captures of ['', 'as they are']) {
      expect(problemsOf(text(captures))).toEqual([
        expect.stringContaining('p0.target.database: expected a target that is not the source itself'),
      ]);
    }
  });

  test('the settings that these cases change are valid themselves', () => {
    const text = aSettingsText({
      ...base,
      pipelines: pipelines(`${FROM_ORDER}, target: { database: seller }, tables: { orders: {} }`),
    });
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('pairs', () => {
  test('a node that is dead before two heartbeats is refused with the rule (B122)', () => {
    const supervisor = 'supervisor: { heartbeatEvery: 2s, nodeDeadAfter: 3s }';
    expect(problemsOf(aSettingsText({ supervisor }))).toEqual([
      'a.yaml:6:35  supervisor.nodeDeadAfter: expected at least 2 times heartbeatEvery, got 3000 ms, and heartbeatEvery is 2000 ms, try 4000ms',
    ]);
  });

  test('a pair says nothing while one of its two is wrong in itself', () => {
    const supervisor = 'supervisor: { heartbeatEvery: 50, nodeDeadAfter: 500ms }';
    expect(problemsOf(aSettingsText({ supervisor }))).toEqual([
      expect.stringContaining('supervisor.heartbeatEvery: expected a duration'),
    ]);
  });
});
