/** Repairs through the sink that owns a row, on a real MariaDB: what is written, what is left alone, and what is said of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { nameOf, openRepairRig } from '../support/repair-rig.ts';
import { deleted, inserted, updated } from '../support/sink-rig.ts';

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-repair-'));
  server = await startMariadb({ folder, name: 'both', source: true });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const row = (id: number, v: string) => ({ id, v });

/** Rows 1 to 3, replicated. */
async function aReplicatedRig(options: Parameters<typeof openRepairRig>[1] = {}) {
  const rig = await openRepairRig(server, options);
  for (const id of [1, 2, 3]) {
    await rig.commit(`INSERT INTO orders VALUES (${id}, 'a')`, inserted(row(id, 'a')));
  }
  await rig.actor.start();
  await rig.partition.untilCommitted(rig.publish());
  return rig;
}

describe.concurrent('a repair', () => {
  test('writes what the source row says, and tells the row as it was', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage(`UPDATE orders SET v = 'x' WHERE id = 2`);
    expect(await rig.repair(2)).toEqual({
      outcome: 'written',
      message: '',
      columns: ['v'],
      sourceDigest: expect.any(String),
      targetDigest: expect.any(String),
      before: { id: '2', v: 'x', ergate_yn: '1', rpc_time: expect.any(String), ergate_seq: '1' },
      seq: '2',
    });
    expect(await rig.readTarget('id, v, ergate_yn, ergate_seq')).toEqual(['1 a 1 0', '2 a 1 2', '3 a 1 2']);
  });

  test('writes a row that is missing', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage('DELETE FROM orders WHERE id = 2');
    expect(await rig.repair(2)).toMatchObject({ outcome: 'written', before: null, targetDigest: null });
    expect(await rig.readTarget()).toEqual(['1 a', '2 a', '3 a']);
  });

  test('deletes a row that the source does not have, when it may', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage(`INSERT INTO orders (id, v) VALUES (9, 'rogue')`);
    expect(await rig.repair(9, { mayDelete: false })).toMatchObject({ outcome: 'extra', sourceDigest: null });
    expect(await rig.readTarget()).toContain('9 rogue');
    expect(await rig.repair(9)).toMatchObject({ outcome: 'deleted', before: { id: '9', v: 'rogue' } });
    expect(await rig.readTarget()).toEqual(['1 a', '2 a', '3 a']);
  });

  test('never takes an empty source for the truth, but a person who names the row may', async () => {
    await using rig = await aReplicatedRig();
    await rig.commit('TRUNCATE orders');
    expect(await rig.repair(2)).toMatchObject({ outcome: 'refused', code: 'ERG_4087' });
    expect(await rig.readTarget()).toEqual(['1 a', '2 a', '3 a']);
    expect(await rig.repair(2, { mode: 'forceSync' })).toMatchObject({ outcome: 'deleted' });
    expect(await rig.readTarget()).toEqual(['1 a', '3 a']);
  });

  test('leaves a row alone that is right, or nowhere', async () => {
    await using rig = await aReplicatedRig();
    expect(await rig.repair(1)).toMatchObject({ outcome: 'equal', sourceDigest: expect.any(String) });
    expect(await rig.repair(7)).toMatchObject({ outcome: 'equal', sourceDigest: null });
    expect(rig.witness.looks).toBe(2);
  });

  test('mends a version that cannot be, by which all later changes were passed over', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage('UPDATE orders SET ergate_seq = 18446744073709551615 WHERE id = 2');
    await rig.commit(`UPDATE orders SET v = 'b' WHERE id = 2`, updated(row(2, 'a'), row(2, 'b')));
    await rig.partition.untilCommitted(rig.publish());
    expect(await rig.readTarget()).toContain('2 a');

    expect(await rig.repair(2)).toMatchObject({ outcome: 'written', seq: '3' });
    await rig.commit(`UPDATE orders SET v = 'c' WHERE id = 2`, updated(row(2, 'b'), row(2, 'c')));
    await rig.partition.untilCommitted(rig.publish());
    expect(await rig.readTarget('id, v, ergate_seq')).toContain('2 c 4');
  });

  test('of a row without version takes it over', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage(`REPLACE INTO orders (id, v) VALUES (2, 'loaded by hand')`);
    expect(await rig.repair(2)).toMatchObject({ outcome: 'written', seq: '2' });
  });

  test('by force leaves its own mark', async () => {
    await using rig = await aReplicatedRig();
    await rig.damage(`UPDATE orders SET v = 'x'`);
    expect(await rig.repair(2, { mode: 'forceSync' })).toMatchObject({ outcome: 'written' });
    expect(await rig.readTarget('id, v, ergate_yn')).toEqual(['1 x 1', '2 a 2', '3 x 1']);
  });
});

describe.concurrent('a table that has a commit time and no version', () => {
  const markers = ['ergate_yn', 'rpc_time'] as const;

  test('is repaired with the time of the newest change, so that no later one is passed over', async () => {
    await using rig = await aReplicatedRig({ markers });
    await rig.damage(`UPDATE orders SET v = 'x', rpc_time = '2099-01-01' WHERE id = 2`);
    expect(await rig.repair(2)).toMatchObject({ outcome: 'written' });
    const [, second, third] = await rig.readTarget('rpc_time');
    expect(second).toBe(third);
    await rig.commit(`UPDATE orders SET v = 'b' WHERE id = 2`, updated(row(2, 'a'), row(2, 'b')));
    await rig.partition.untilCommitted(rig.publish());
    expect(await rig.readTarget()).toContain('2 b');
  });
});

describe.concurrent('a forced sync by the time of modification', () => {
  const options = {
    columns: 'id BIGINT PRIMARY KEY, v VARCHAR(20), changed DATETIME(3)',
    table: { modifiedColumn: 'changed' },
  };

  test('writes only where the target is older', async () => {
    await using rig = await openRepairRig(server, options);
    await rig.sql.query(`INSERT INTO orders VALUES (1, 'a', '2026-01-01 00:00:01'), (2, 'a', '2026-01-01 00:00:01')`);
    await rig.damage(`INSERT INTO orders (id, v, changed) VALUES (1, 'x', '2026-01-01 00:00:00.999'),
      (2, 'x', '2026-01-01 00:00:01')`);
    await rig.actor.start();
    expect(await rig.repair(1, { mode: 'forceSync' })).toMatchObject({ outcome: 'written' });
    expect(await rig.repair(2, { mode: 'forceSync' })).toMatchObject({
      outcome: 'equal',
      message: 'changed at the target is not older',
    });
    expect(await rig.repair(2)).toMatchObject({ outcome: 'written' });
  });
});

describe.concurrent('a source that is ahead of the sink', () => {
  test.each([{ published: 0 }, { published: 1 }, { published: 3 }])(
    'is not taken back by older changes that come later ($published of them are in the stream)',
    async ({ published }) => {
      await using rig = await aReplicatedRig();
      const seen = new Set<string>();
      await rig.commit(`UPDATE orders SET v = 'A' WHERE id = 2`, updated(row(2, 'a'), row(2, 'A')));
      await rig.commit(`UPDATE orders SET v = 'B' WHERE id = 2`, updated(row(2, 'A'), row(2, 'B')));
      await rig.commit(`UPDATE orders SET v = 'C' WHERE id = 2`, updated(row(2, 'B'), row(2, 'C')));
      // They come while the lane is held: what of them is in the stream stands behind the repair.
      rig.witness.onLook = (before) => {
        if (before === 1) {
          rig.publish(published);
        }
      };
      const answer = rig.repair(2, { mode: 'forceSync' });
      expect(await answer).toMatchObject({ outcome: 'written', before: { v: 'a' } });
      for (let left = published; left < 3; left += 1) {
        await rig.partition.untilCommitted(rig.publish(1));
        seen.add((await rig.readTarget('v'))[1] ?? '');
      }
      await rig.commit(`UPDATE orders SET v = 'D' WHERE id = 2`, updated(row(2, 'C'), row(2, 'D')));
      await rig.partition.untilCommitted(rig.publish());
      expect([...seen].filter((v) => v !== 'C')).toEqual([]);
      expect(await rig.readTarget()).toEqual(await rig.readSource());
      expect(rig.detail().counts).toMatchObject({ changes: 7, applied: 7 });
    },
  );

  test('a row that it has deleted does not come back', async () => {
    await using rig = await aReplicatedRig();
    await rig.commit(`UPDATE orders SET v = 'A' WHERE id = 2`, updated(row(2, 'a'), row(2, 'A')));
    await rig.commit('DELETE FROM orders WHERE id = 2', deleted(row(2, 'A')));
    expect(await rig.repair(2)).toMatchObject({ outcome: 'deleted' });
    await rig.partition.untilCommitted(rig.publish(1));
    expect(await rig.readTarget()).toEqual(['1 a', '3 a']);
    await rig.partition.untilCommitted(rig.publish(1));
    await rig.commit(`INSERT INTO orders VALUES (2, 'again')`, inserted(row(2, 'again')));
    await rig.partition.untilCommitted(rig.publish());
    expect(await rig.readTarget()).toEqual(['1 a', '2 again', '3 a']);
  });
});

describe.concurrent('what is asked for', () => {
  test('is refused when it names no row of the pipeline', async () => {
    await using rig = await aReplicatedRig();
    const refused = { outcome: 'refused', code: 'ERG_5201' };
    expect(await rig.repair(1, { row: nameOf(1, 'elsewhere') })).toMatchObject(refused);
    expect(await rig.repair(1, { row: nameOf(1, rig.shard, { table: 'other' }) })).toMatchObject(refused);
    expect(await rig.repair(1, { row: nameOf(1, rig.shard, { rowKey: '6:orders/1n2' }) })).toMatchObject(refused);
    expect(await rig.repair(1, { row: nameOf(1, rig.shard, { targetKey: [['v', '1']] }) })).toMatchObject(refused);
    expect(rig.witness.looks).toBe(0);
  });

  test.each([undefined, {}, { row: {} }, { mode: 'repair', mayDelete: true, row: { ...nameOf(1, 's'), rowKey: 1 } }])(
    'is answered POISON when it is no request: %j',
    async (body) => {
      await using rig = await openRepairRig(server);
      await rig.actor.start();
      expect(await rig.ask(body)).toMatchObject({ code: 'POISON', message: expect.stringContaining('ERG_6103') });
    },
  );
});
