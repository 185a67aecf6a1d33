/** Shard keys that a look-up has to find: a sink on real shards, its look-ups scripted. */
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

  test('two answers where one is expected are a finding; no shard gets the row (B110)', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', ['500', '501']).set('8', ['501', '501']);
    await using rig = await aRig(lookup);
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery'), inserted(delivery(2, 8, 'b'), 'delivery')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect([await rig.rows(0), await rig.rows(1), await rig.codes()]).toEqual([[], ['2 b'], ['ERG_2005']]);
  });

  test('an answer that is no shard key is a finding (B111)', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', [null]).set('8', ['here']);
    await using rig = await aRig(lookup);
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery')),
      aRecord('1', 20, inserted(delivery(2, 8, 'b'), 'delivery')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(2n);
    expect(await rig.codes()).toEqual(['ERG_2004', 'ERG_2004']);
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

  test('a changed primary key without an answer is a finding for the new row, and leaves no old one behind', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('7', ['501']);
    await using rig = await aRig(lookup);
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery'), inserted(delivery(2, 7, 'b'), 'delivery')),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    // What 7 was answered with is remembered; 9 has never had an answer.
    rig.partition.append(
      aRecord('1', 20, updated(delivery(1, 7, 'a'), delivery(3, 9, 'a'), 'delivery')),
      aRecord('1', 30, updated(delivery(2, 7, 'b'), delivery(2, 9, 'B'), 'delivery')),
    );
    await rig.partition.untilCommitted(3n);
    expect([await rig.rows(0), await rig.rows(1)]).toEqual([[], ['2 b']]);
    expect(await rig.codes()).toEqual(['ERG_2001', 'ERG_2001']);
    rig.partition.append(
      aRecord('1', 40, deleted(delivery(3, 9, 'a'), 'delivery'), deleted(delivery(2, 9, 'B'), 'delivery')),
    );
    await rig.partition.untilCommitted(4n);
    expect([await rig.rows(0), await rig.rows(1)]).toEqual([[], []]);
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

  test('a source that never answers costs a change its time, and then it is a finding; others go on (B113)', async () => {
    const lookup = new ScriptedLookup();
    lookup.failing = true;
    lookup.answers.set('8', ['501']);
    await using rig = await aRig(lookup, { lookups: { giveUpAfter: '300ms' } });
    await rig.actor.start();
    rig.partition.append(
      aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery'), inserted(delivery(2, 7, 'b'), 'delivery')),
      aRecord('1', 20, inserted({ product_order_no: 1, order_no: 1, seller_no: 500 }, 'product_order')),
    );
    await rig.partition.untilCommitted(2n);
    expect(await rig.codes()).toEqual(['ERG_2007', 'ERG_2007']);
    expect(rig.detail().counts).toMatchObject({ changes: 3, applied: 1, refused: 2 });
    lookup.failing = false;
    rig.partition.append(aRecord('1', 30, inserted(delivery(3, 8, 'c'), 'delivery')));
    await rig.partition.untilCommitted(3n);
    expect(await rig.rows(1)).toEqual(['3 c']);
    expect(rig.actor.status()).toMatchObject({ state: 'running' });
  });

  test('a resolver that fails on one key costs the changes of that key alone (B114)', async () => {
    const lookup = new ScriptedLookup();
    lookup.slips.add('9');
    lookup.answers.set('7', ['500']);
    await using rig = await aRig(lookup);
    for (const po of [7, 9, 7]) {
      const id = Number(rig.partition.end);
      rig.partition.append(aRecord('1', 10 + id, inserted(delivery(id, po, 'a'), 'delivery')));
    }
    await rig.actor.start();
    await rig.partition.untilCommitted(3n);
    expect([await rig.rows(0), await rig.codes()]).toEqual([['0 a', '2 a'], ['ERG_2104']]);
  });
});
