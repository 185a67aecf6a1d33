/** Changes whose shard is not to be found (B109 to B112). */
import { type BadCase, type CaseTable, refused, rowsAre, type Site } from './bad-case.ts';
import { aCase, imageOf, insertOf, onePayload } from './base-table.ts';

/** What the source answers: product orders and their sellers. */
export const PRODUCT_ORDERS = `CREATE TABLE product_order (
    product_order_no BIGINT, seller_no VARCHAR(40) NULL, order_no BIGINT AS (product_order_no));
  INSERT INTO product_order (product_order_no, seller_no) VALUES
    (1, 10), (2, NULL), (3, 11), (4, 10), (4, 11), (5, 'many'), (6, 10), (6, 'many')`;

const DELIVERY: CaseTable = {
  name: 'delivery',
  columns: 'id BIGINT UNSIGNED NOT NULL, v VARCHAR(40) NULL, product_order_no VARCHAR(40) NULL',
  good: '"v":"as it was","product_order_no":"1"',
  goodValue: 'as it was',
  keyRest: ',"product_order_no":"1"',
  settings: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'product_order_no' } },
};

const ORDERED: CaseTable = {
  ...DELIVERY,
  name: 'ordered',
  settings: { findCkey: { resolver: 'SELLERS_OF_ORDER', by: 'product_order_no' } },
};

const SOLD: CaseTable = {
  ...DELIVERY,
  name: 'sold',
  columns: 'id BIGINT UNSIGNED NOT NULL, v VARCHAR(40) NULL, seller VARCHAR(40) NULL',
  good: '"v":"as it was","seller":"10"',
  keyRest: ',"seller":"10"',
  settings: { shardKey: 'seller' },
};

/** @param more from the row that is there to the one that is written */
const insertWith =
  (field: string, more = 0) =>
  (site: Site) =>
    onePayload(insertOf(site.table, imageOf({ ...site, id: site.id + more }, `"x"${field}`)))(site);

const NO_KEY = [
  ['missing', ''],
  ['NULL', 'null'],
  ['a word', '"abc"'],
  ['a fraction', '1.5'],
  ['a list', '[1]'],
  ['empty', '""'],
] as const;

const withColumn = (column: string, value: string) => (value === '' ? '' : `,"${column}":${value}`);

export const ROUTE_CASES: readonly BadCase[] = [
  aCase(
    ['B109', 'a look-up that finds nothing'],
    insertWith(',"product_order_no":"404"'),
    refused('ERG_2001', 'route'),
    { table: DELIVERY },
  ),
  ...NO_KEY.map(([what, value]) =>
    aCase(
      ['B109', `what is looked up is ${what}`],
      insertWith(withColumn('product_order_no', value)),
      refused('ERG_2001', 'route'),
      { table: DELIVERY },
    ),
  ),
  ...['4', '6'].map((order) =>
    aCase(
      ['B110', `a look-up that finds two shard keys where there is one, of order ${order}`],
      insertWith(`,"product_order_no":"${order}"`),
      refused('ERG_2005', 'route'),
      { table: DELIVERY },
    ),
  ),
  aCase(
    ['B110', 'a look-up that finds two shard keys where there may be many: the row belongs to both shards'],
    insertWith(',"product_order_no":"4"', 1),
    rowsAre(({ id }) => [
      [String(id), 'as it was', 'after'],
      [String(id + 1), 'x', 'bad'],
      [String(id + 1), 'x', 'bad'],
    ]),
    { table: ORDERED },
  ),
  aCase(
    ['B110', 'a look-up that finds a shard key and a word where there may be many'],
    insertWith(',"product_order_no":"6"', 1),
    refused('ERG_2004', 'route'),
    { table: ORDERED },
  ),
  aCase(['B111', 'a look-up that finds a word'], insertWith(',"product_order_no":"5"'), refused('ERG_2004', 'route'), {
    table: DELIVERY,
  }),
  aCase(['B111', 'a look-up that finds NULL'], insertWith(',"product_order_no":"2"'), refused('ERG_2004', 'route'), {
    table: DELIVERY,
  }),
  ...NO_KEY.map(([what, value]) =>
    aCase(
      ['B111', `a shard key that is ${what}`],
      insertWith(withColumn('seller', value)),
      refused('ERG_2002', 'route'),
      {
        table: SOLD,
      },
    ),
  ),
  aCase(
    ['B112', 'a row that moves to another shard'],
    (site) => {
      const row = (order: number, v: string) => `{"id":"${site.id + 1}","v":"${v}","product_order_no":"${order}"}`;
      return [
        onePayload(insertOf(site.table, row(1, 'there')))(site),
        onePayload(`{"op":"update","table":"${site.table}","old":${row(1, 'there')},"new":${row(3, 'here')}}`)(site),
      ];
    },
    rowsAre(({ id }) => [
      [String(id), 'as it was', 'after'],
      [String(id + 1), 'here', null],
    ]),
    { table: DELIVERY },
  ),
];
