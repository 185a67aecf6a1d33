import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { aChange } from '../support/build-change.ts';
import { errorOf, OWNER, openOwned, type TargetUnderTest } from '../support/target-under-test.ts';

const NEXT_OWNER = { ...OWNER, epoch: 2, owner: 'node-2/boot' };
const row = (table: TableShape, id: string, seq: number) => aChange({ table, row: { id, needed: '1' }, seq });

export function describeFenceContract(name: string, open: () => Promise<TargetUnderTest>): void {
  describe(`target contract: ${name}, fence`, () => {
    test('nobody writes who has not taken the fence', async () => {
      await using target = await open();
      const table = await target.createContractTable('plain');
      await target.shard.takeFence({ ...OWNER, partition: 1 });
      const writer = target.shard.openWriter(OWNER, 0);
      expect((await errorOf(writer.write([row(table, '1', 1)]))).code).toBe('ERG_3102');
      expect(await target.readRows(table)).toEqual([]);
    });

    test('an older owner is refused the fence and can no longer write; what it wrote stays', async () => {
      await using target = await open();
      const table = await target.createContractTable('plain');
      const writer = await openOwned(target);
      await writer.write([row(table, '1', 1)]);
      await target.openShard().takeFence(NEXT_OWNER);
      const late = await errorOf(writer.write([row(table, '2', 2)]));
      expect(late.code).toBe('ERG_3101');
      expect(late.class).toBe('fenced');
      expect((await errorOf(target.shard.takeFence(OWNER))).code).toBe('ERG_3101');
      expect(await target.readRows(table)).toHaveLength(1);
    });

    test('a fence taken twice by the same owner stays its own, and a partition does not fence another', async () => {
      await using target = await open();
      const table = await target.createContractTable('plain');
      const writer = await openOwned(target);
      await writer.write([row(table, '1', 1)]);
      await target.shard.takeFence(OWNER);
      await target.openShard().takeFence({ ...NEXT_OWNER, partition: 1 });
      await target.openShard().takeFence({ ...NEXT_OWNER, pipeline: 'order-to-settlement' });
      await writer.write([row(table, '2', 2)]);
      expect(await target.readRows(table)).toHaveLength(2);
    });

    test('that a start position was committed is known to later owners', async () => {
      await using target = await open();
      expect(await target.shard.takeFence(OWNER)).toEqual({ positioned: false });
      await target.shard.markPositioned(OWNER);
      await target.shard.markPositioned(OWNER);
      expect(await target.shard.takeFence(OWNER)).toEqual({ positioned: true });
      expect(await target.openShard().takeFence(NEXT_OWNER)).toEqual({ positioned: true });
      expect((await errorOf(target.shard.markPositioned(OWNER))).code).toBe('ERG_3101');
    });

    test('ten owners that come at once leave the fence with the newest', async () => {
      await using target = await open();
      const owners = Array.from({ length: 10 }, (_, i) => ({ ...OWNER, epoch: i + 1 }));
      const taken = await Promise.allSettled(owners.map((owner) => target.openShard().takeFence(owner)));
      expect(taken[9]?.status).toBe('fulfilled');
      const table = await target.createContractTable('plain');
      await target.shard.openWriter({ ...OWNER, epoch: 10 }, 0).write([row(table, '1', 1)]);
      for (const owner of owners.slice(0, 9)) {
        expect((await errorOf(target.shard.openWriter(owner, 0).write([row(table, '2', 2)]))).code).toBe('ERG_3101');
      }
    });

    test('lanes of one owner do not wait for each other', async () => {
      await using target = await open();
      const table = await target.createContractTable('plain');
      const waiting = await openOwned(target);
      await waiting.write([row(table, '1', 1)]);
      const release = await target.holdRow(table, '1');
      const held = waiting.write([row(table, '1', 2)]);
      const other = target.shard.openWriter(OWNER, 1);
      await other.write([row(table, '2', 2)]);
      await other.write([row(table, '2', 3)]);
      const seen = (await target.readRows(table)).map(({ ergate_seq }) => ergate_seq);
      await release();
      await held;
      expect(seen).toEqual(['1', '3']);
    });

    test('a new owner waits for the transaction of the old one, which is then refused everything further', async () => {
      await using target = await open();
      const table = await target.createContractTable('plain');
      const old = await openOwned(target);
      await old.write([row(table, '1', 1)]);
      const release = await target.holdRow(table, '1');
      const held = old.write([row(table, '1', 2)]);
      await target.untilWaiting(1);
      let isTaken = false;
      const taking = target
        .openShard()
        .takeFence(NEXT_OWNER)
        .then(() => {
          isTaken = true;
        });
      await target.untilWaiting(2);
      expect(isTaken).toBe(false);
      await release();
      await held;
      await taking;
      expect((await errorOf(old.write([row(table, '1', 3)]))).code).toBe('ERG_3101');
      expect((await target.readRows(table)).map(({ ergate_seq }) => ergate_seq)).toEqual(['2']);
    });
  });
}
