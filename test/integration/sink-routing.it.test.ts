/** Shard keys that a look-up has to find, and targets that are away: a sink on real shards, its look-ups scripted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceLookup } from '../../actors/source/source-lookup.ts';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { aRecord, buildSinkRig, deleted, inserted, openTestSession, serverIn, updated } from '../support/sink-rig.ts';

let folder: string;
let server: MariadbServer;
let tests = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-routing-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const CREATE = `CREATE TABLE delivery (id BIGINT PRIMARY KEY, po BIGINT, name VARCHAR(20), ${MARKERS});
  CREATE TABLE product_order (product_order_no BIGINT PRIMARY KEY, seller_no BIGINT, ${MARKERS})`;
const TABLES = {
  delivery: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'po' } },
  product_order: { shardKey: 'seller_no' },
};

/** Answers from a map; `failing` makes it answer like a source that is away. */
class ScriptedLookup implements SourceLookup {
  readonly learnFrom = { table: 'product_order', key: 'product_order_no', value: 'seller_no' };
  readonly asked: (readonly string[])[] = [];
  readonly answers = new Map<string, readonly Cell[]>();
  failing = false;
  readonly #waiting = new Set<() => void>();

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Cell[]>> {
    this.asked.push(keys);
    for (const check of this.#waiting) {
      check();
    }
    if (this.failing) {
      throw new ReplicationError('ERG_2101', 'the source is away');
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

async function aRig(lookup: SourceLookup) {
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
  const rig = buildSinkRig({ server, schemas, stateSchema, tables: TABLES, shardBy: 'modulo', lookup });
  const rows = async (shard: number) => {
    const [found] = await sql.query(`SELECT CONCAT(id, ' ', name) AS row FROM ${schemas[shard]}.delivery ORDER BY id`);
    return (found as { row: string }[]).map(({ row }) => row);
  };
  const codes = async () => {
    const [found] = await sql.query(`SELECT code FROM ${stateSchema}.ergate_finding ORDER BY offset_no`);
    return (found as { code: string }[]).map(({ code }) => code);
  };
  const dispose = async () => {
    await rig[Symbol.asyncDispose]();
    sql.destroy();
  };
  return { ...rig, rows, codes, [Symbol.asyncDispose]: dispose };
}

const delivery = (id: number, po: number, name: string) => ({ id, po, name });

describe('findCkey', () => {
  test('one look-up serves all changes of a record, and rows go where the answer says', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', ['500']).set('8', ['501']);
    await using rig = await aRig(lookup);
    rig.partition.append(
      aRecord(
        '1',
        10,
        inserted(delivery(1, 7, 'a'), 'delivery'),
        inserted(delivery(2, 8, 'b'), 'delivery'),
        updated(delivery(1, 7, 'a'), delivery(1, 7, 'A'), 'delivery'),
      ),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect([await rig.rows(0), await rig.rows(1)]).toEqual([['1 A'], ['2 b']]);
    expect(lookup.asked).toEqual([['7', '8']]);
  });

  test('a row for several shards goes to each of them', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', ['500', '501', '502']);
    await using rig = await aRig(lookup);
    rig.partition.append(aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery')));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect([await rig.rows(0), await rig.rows(1)]).toEqual([['1 a'], ['1 a']]);
    expect(rig.detail().counts).toMatchObject({ applied: 1, written: 2 });
  });

  test('a change without an answer is a finding; a delete goes to all shards instead', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', ['501']);
    await using rig = await aRig(lookup);
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery'), inserted(delivery(2, 7, 'b'), 'delivery')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    lookup.answers.clear();
    rig.partition.append(
      aRecord('1', 20, deleted(delivery(1, 7, 'a'), 'delivery')),
      aRecord('1', 30, inserted(delivery(3, 9, 'c'), 'delivery')),
      aRecord('1', 40, inserted(delivery(4, null as unknown as number, 'd'), 'delivery')),
    );
    await rig.partition.untilCommitted(4n);
    expect([await rig.rows(0), await rig.rows(1)]).toEqual([[], ['2 b']]);
    expect(await rig.codes()).toEqual(['ERG_2001', 'ERG_2001']);
  });

  test('what the change stream told is remembered for rows that are gone at the source', async () => {
    await using rig = await aRig(new ScriptedLookup());
    const order = { product_order_no: 7, seller_no: 501 };
    rig.partition.append(
      aRecord('1', 10, inserted(order, 'product_order'), inserted(delivery(1, 7, 'a'), 'delivery')),
      aRecord('1', 20, updated(delivery(1, 7, 'a'), delivery(1, 7, 'b'), 'delivery')),
      aRecord('1', 30, deleted(order, 'product_order')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(3n);
    expect([await rig.rows(0), await rig.rows(1), await rig.codes()]).toEqual([[], ['1 b'], []]);
  });

  test('while the source is away its changes wait in order, and all others go on', async () => {
    const lookup = new ScriptedLookup();
    lookup.failing = true;
    lookup.answers.set('7', ['500']);
    await using rig = await aRig(lookup);
    await rig.actor.start();
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery')),
      aRecord('1', 20, inserted({ product_order_no: 1, seller_no: 500 }, 'product_order')),
      aRecord('1', 30, updated(delivery(1, 7, 'a'), delivery(1, 7, 'b'), 'delivery')),
    );
    await lookup.untilAsked(2);
    expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_2101') });
    expect(rig.detail().counts).toMatchObject({ records: 3, applied: 1 });
    expect(rig.partition.committed?.offset).toBe(0n);
    lookup.failing = false;
    await rig.partition.untilCommitted(3n);
    expect(await rig.rows(0)).toEqual(['1 b']);
    expect(rig.actor.status()).toMatchObject({ state: 'running' });
  });
});
