/** Rows on several shards at once, and columns that look-ups fill: a sink on real shards, its look-ups scripted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { delivery, openRoutingRig, ScriptedLookup } from '../support/routing-rig.ts';
import { aRecord, deleted, inserted, updated } from '../support/sink-rig.ts';

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-routing-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const aRig = (...given: Parameters<typeof openRoutingRig> extends [unknown, ...infer Rest] ? Rest : never) =>
  openRoutingRig(server, ...given);

describe('several shard keys of one row', () => {
  const order = (name: string) => ({ order_no: 1, name });
  const names = (rig: Awaited<ReturnType<typeof aRig>>) => rig.bothRows('name', 'orders');

  test('a row goes to the shard of each, counted once', async () => {
    const lookup = new ScriptedLookup('SELLERS_OF_ORDER');
    lookup.answers.set('1', ['500', '501', '502']);
    await using rig = await aRig({ 'order/SELLERS_OF_ORDER': lookup });
    rig.partition.append(aRecord('1', 10, inserted(order('a'), 'orders')));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect(await names(rig)).toEqual([['a'], ['a']]);
    expect(rig.detail().counts).toMatchObject({ applied: 1, written: 2 });
  });

  test('a row whose look-up answers otherwise than before is deleted where it was', async () => {
    const lookup = new ScriptedLookup('SELLERS_OF_ORDER');
    lookup.answers.set('1', ['500', '502']);
    await using rig = await aRig({ 'order/SELLERS_OF_ORDER': lookup });
    await rig.actor.start();
    rig.partition.append(aRecord('1', 10, inserted(order('a'), 'orders')));
    await rig.partition.untilCommitted(1n);
    expect(await names(rig)).toEqual([['a'], []]);
    lookup.answers.set('1', ['501']);
    rig.partition.append(aRecord('1', 20, updated(order('a'), order('b'), 'orders')));
    await rig.partition.untilCommitted(2n);
    expect(await names(rig)).toEqual([[], ['b']]);
    lookup.answers.set('1', ['501', '500']);
    rig.partition.append(aRecord('1', 30, updated(order('b'), order('c'), 'orders')));
    await rig.partition.untilCommitted(3n);
    expect(await names(rig)).toEqual([['c'], ['c']]);
    rig.partition.append(aRecord('1', 40, deleted(order('c'), 'orders')));
    await rig.partition.untilCommitted(4n);
    expect(await names(rig)).toEqual([[], []]);
  });

  test('a seller that the stream saw leave an order gets the row deleted, although nothing was asked before', async () => {
    const lookup = new ScriptedLookup('SELLERS_OF_ORDER');
    lookup.answers.set('1', ['501']);
    await using rig = await aRig({ 'order/SELLERS_OF_ORDER': lookup });
    const bought = (seller_no: number) => ({ product_order_no: 7, order_no: 1, seller_no });
    rig.partition.append(
      aRecord('1', 10, inserted(bought(500), 'product_order')),
      aRecord('1', 20, updated(bought(500), bought(501), 'product_order'), updated(order('a'), order('b'), 'orders')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(2n);
    expect(await names(rig)).toEqual([[], ['b']]);
    expect(rig.detail().counts).toMatchObject({ changes: 3, applied: 3 });
  });

  test('keys in several columns: what was {a, b} and is {b, c} is deleted at a and written at b and c', async () => {
    await using rig = await aRig({});
    const shared = (seller_no: number | null, buyer_no: number | null, name: string) => ({
      id: 1,
      seller_no,
      buyer_no,
      name,
    });
    await rig.actor.start();
    const steps: [object, string[][]][] = [
      [inserted(shared(0, 1, 'a'), 'shared'), [['a'], ['a']]],
      [updated(shared(0, 1, 'a'), shared(1, 3, 'b'), 'shared'), [[], ['b']]],
      [updated(shared(1, 3, 'b'), shared(3, 2, 'c'), 'shared'), [['c'], ['c']]],
      [updated(shared(3, 2, 'c'), shared(null, 2, 'd'), 'shared'), [['d'], []]],
      [deleted(shared(null, 2, 'd'), 'shared'), [[], []]],
    ];
    for (const [index, [step, expected]] of steps.entries()) {
      rig.partition.append(aRecord('1', 10 * (index + 1), step as ReturnType<typeof inserted>));
      await rig.partition.untilCommitted(BigInt(index + 1));
      expect(await rig.bothRows('name', 'shared')).toEqual(expected);
    }
    rig.partition.append(aRecord('1', 90, inserted(shared(null, null, 'e'), 'shared')));
    await rig.partition.untilCommitted(6n);
    expect(await rig.codes()).toEqual(['ERG_2002']);
  });
});

describe('columnReplace', () => {
  const hosted = (seller_no: number, name: string) => ({ id: seller_no, seller_no, name });
  const SHOWN = "CONCAT_WS(' ', id, name, IFNULL(seller_name, 'NULL'))";

  function partnersAndNames() {
    const partners = new ScriptedLookup('PARTNER_OF_SELLER');
    const sellers = new ScriptedLookup('NAME_OF_SELLER');
    const lookups = { 'order/PARTNER_OF_SELLER': partners, 'names/NAME_OF_SELLER': sellers };
    return { partners, sellers, lookups };
  }

  test('a row goes to the shard of its partner, with the name from another database; rows without partner to none', async () => {
    const { partners, sellers, lookups } = partnersAndNames();
    partners.answers.set('1', ['10']).set('2', ['11']);
    sellers.answers.set('1', ['Kim']).set('2', ['이']);
    await using rig = await aRig(lookups);
    rig.partition.append(
      aRecord(
        '1',
        10,
        inserted(hosted(1, 'a'), 'hosted'),
        inserted(hosted(2, 'b'), 'hosted'),
        inserted(hosted(3, 'c'), 'hosted'),
      ),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect(await rig.bothRows(SHOWN, 'hosted')).toEqual([['1 a Kim'], ['2 b 이']]);
    expect(await rig.codes()).toEqual([]);
    expect(rig.detail().counts).toMatchObject({ changes: 3, applied: 2, filtered: 1 });
    expect([partners.asked, sellers.asked]).toEqual([[['1', '2', '3']], [['1', '2', '3']]]);
  });

  test('a row that loses its partner is deleted', async () => {
    const { partners, sellers, lookups } = partnersAndNames();
    partners.answers.set('1', ['10']);
    sellers.answers.set('1', ['Kim']);
    await using rig = await aRig(lookups);
    await rig.actor.start();
    rig.partition.append(aRecord('1', 10, inserted(hosted(1, 'a'), 'hosted')));
    await rig.partition.untilCommitted(1n);
    partners.answers.set('1', [null]);
    rig.partition.append(aRecord('1', 20, updated(hosted(1, 'a'), hosted(1, 'b'), 'hosted')));
    await rig.partition.untilCommitted(2n);
    expect(await rig.bothRows(SHOWN, 'hosted')).toEqual([[], []]);
    expect(rig.detail().counts).toMatchObject({ changes: 2, applied: 2, filtered: 0 });
  });

  test('a value that is missing is a finding, unless the settings say NULL or leave it', async () => {
    const { partners, sellers, lookups } = partnersAndNames();
    partners.answers.set('1', ['10']);
    await using rig = await aRig(lookups);
    const named = (seller_no: number, name: string, label: string | null) => ({
      id: seller_no,
      seller_no,
      name,
      label,
    });
    await rig.actor.start();
    sellers.answers.set('5', ['Choi']);
    rig.partition.append(
      aRecord('1', 10, inserted(hosted(1, 'a'), 'hosted')),
      aRecord('1', 20, inserted(named(4, 'a', '5'), 'named'), inserted(named(6, 'b', '7'), 'named')),
      aRecord('1', 30, updated(named(4, 'a', '5'), named(4, 'c', null), 'named')),
    );
    await rig.partition.untilCommitted(3n);
    expect(await rig.codes()).toEqual(['ERG_2006']);
    const shown = "CONCAT_WS(' ', id, name, seller_name, IFNULL(label, 'NULL'))";
    expect(await rig.rows(0, shown, 'named')).toEqual(['4 c none NULL', '6 b none NULL']);
  });

  test('while the database of the names is away other tables go on, those of the source included', async () => {
    const { partners, sellers, lookups } = partnersAndNames();
    partners.answers.set('1', ['10']);
    sellers.answers.set('1', ['Kim']);
    sellers.failing = true;
    const others = new ScriptedLookup();
    others.answers.set('7', ['500']);
    await using rig = await aRig({ ...lookups, 'order/SELLER_OF_PRODUCT_ORDER': others });
    await rig.actor.start();
    rig.partition.append(
      aRecord('1', 10, inserted(hosted(1, 'a'), 'hosted')),
      aRecord('1', 20, inserted(delivery(1, 7, 'a'), 'delivery')),
      aRecord('1', 30, updated(hosted(1, 'a'), hosted(1, 'b'), 'hosted')),
    );
    await sellers.untilAsked(2);
    expect(await rig.rows(0)).toEqual(['1 a']);
    sellers.failing = false;
    await rig.partition.untilCommitted(3n);
    expect(await rig.bothRows(SHOWN, 'hosted')).toEqual([['1 b Kim'], []]);
  });
});
