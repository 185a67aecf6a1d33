/** A sink on two real shards by modulo, its look-ups scripted. */
import type { LearnedColumns, SourceLookup } from '../../actors/source/source-lookup.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildSinkRig, openTestSession, type RigServer, serverIn } from './sink-rig.ts';

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const CREATE = `CREATE TABLE delivery (id BIGINT PRIMARY KEY, po BIGINT, name VARCHAR(20), ${MARKERS});
  CREATE TABLE product_order (product_order_no BIGINT PRIMARY KEY, order_no BIGINT, seller_no BIGINT, ${MARKERS});
  CREATE TABLE orders (order_no BIGINT PRIMARY KEY, name VARCHAR(20), ${MARKERS});
  CREATE TABLE hosted (id BIGINT PRIMARY KEY, seller_no BIGINT, name VARCHAR(20), seller_name VARCHAR(20) NULL, ${MARKERS});
  CREATE TABLE named (id BIGINT PRIMARY KEY, seller_no BIGINT, name VARCHAR(20), seller_name VARCHAR(20) DEFAULT 'none',
    label VARCHAR(20), ${MARKERS});
  CREATE TABLE shared (id BIGINT PRIMARY KEY, seller_no BIGINT, buyer_no BIGINT, name VARCHAR(20), ${MARKERS})`;
const TABLES = {
  delivery: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'po' } },
  product_order: { shardKey: 'seller_no' },
  orders: { findCkey: { resolver: 'SELLERS_OF_ORDER', by: 'order_no' } },
  hosted: {
    findCkey: { resolver: 'PARTNER_OF_SELLER', by: 'seller_no', whenMissing: 'skip' },
    columnReplace: { seller_name: { resolver: 'NAME_OF_SELLER', by: 'seller_no', database: 'names' } },
  },
  named: {
    shardKey: 'seller_no',
    columnReplace: {
      seller_name: { resolver: 'NAME_OF_SELLER', by: 'seller_no', database: 'names', whenMissing: 'keep' },
      label: { resolver: 'NAME_OF_SELLER', by: 'label', database: 'names', whenMissing: 'null' },
    },
  },
  shared: { shardKeys: ['seller_no', 'buyer_no'] },
};

const LEARNED_BY: Readonly<Record<string, LearnedColumns>> = {
  SELLER_OF_PRODUCT_ORDER: { table: 'product_order', key: 'product_order_no', value: 'seller_no' },
  SELLERS_OF_ORDER: { table: 'product_order', key: 'order_no', value: 'seller_no' },
};

/** Answers from a map; `failing` makes it answer like a source that is away. */
export class ScriptedLookup implements SourceLookup {
  readonly learnFrom: LearnedColumns | undefined;
  readonly asked: (readonly string[])[] = [];
  readonly answers = new Map<string, readonly Cell[]>();
  failing = false;
  /** Keys on which the resolver itself fails. */
  readonly slips = new Set<string>();
  readonly #waiting = new Set<() => void>();

  constructor(resolver = 'SELLER_OF_PRODUCT_ORDER') {
    this.learnFrom = LEARNED_BY[resolver];
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Cell[]>> {
    this.asked.push(keys);
    for (const check of this.#waiting) {
      check();
    }
    if (this.failing) {
      throw new ReplicationError('ERG_2101', 'the source is away');
    }
    if (keys.some((key) => this.slips.has(key))) {
      throw new ReplicationError('ERG_2104', 'a slip');
    }
    return new Map([...this.answers].filter(([key]) => keys.includes(key)));
  }

  untilAsked(times: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.asked.length >= times) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }
}

let tests = 0;

/** @param lookups by "database/resolver", or the one of SELLER_OF_PRODUCT_ORDER alone */
export async function openRoutingRig(
  server: RigServer,
  lookups: ScriptedLookup | Readonly<Record<string, ScriptedLookup>>,
  settings: object = {},
) {
  tests += 1;
  const schemas = [`r${tests}_0`, `r${tests}_1`];
  const stateSchema = `rs${tests}`;
  const sql = await openTestSession(server, [...schemas, stateSchema]);
  for (const schema of schemas) {
    await sql.query(`USE ${schema}; ${CREATE}`);
  }
  const state = openStateDatabase(serverIn(server, stateSchema));
  await state.ensureSchema();
  state.close();
  const given = lookups instanceof ScriptedLookup ? { 'order/SELLER_OF_PRODUCT_ORDER': lookups } : lookups;
  const idle = new ScriptedLookup();
  const openLookup = (resolver: string, database: string) => given[`${database}/${resolver}`] ?? idle;
  const rig = buildSinkRig({ server, schemas, stateSchema, tables: TABLES, shardBy: 'modulo', openLookup, settings });
  const rows = async (shard: number, columns = "CONCAT(id, ' ', name)", table = 'delivery') => {
    const [found] = await sql.query(`SELECT ${columns} AS row FROM ${schemas[shard]}.${table} ORDER BY 1`);
    return (found as { row: string }[]).map(({ row }) => row);
  };
  const bothRows = async (columns: string, table: string) => [
    await rows(0, columns, table),
    await rows(1, columns, table),
  ];
  const codes = async () => {
    const [found] = await sql.query(`SELECT code FROM ${stateSchema}.ergate_finding ORDER BY offset_no`);
    return (found as { code: string }[]).map(({ code }) => code);
  };
  const dispose = async () => {
    await rig[Symbol.asyncDispose]();
    sql.destroy();
  };
  return { ...rig, rows, bothRows, codes, [Symbol.asyncDispose]: dispose };
}

export const delivery = (id: number, po: number, name: string) => ({ id, po, name });
