/** The capture against a real source of each flavour, with a change stream in memory. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_HELD_BYTES } from '../../actors/capture/capture-session.ts';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { buildRig, MemoryCheckpoints, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';

let lastServerId = 9100;

const ORDERS = { orders: { recordKey: ['buyer_no'] } };
const CREATE = 'CREATE TABLE orders (id BIGINT PRIMARY KEY, buyer_no BIGINT NOT NULL, v INT)';

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'order', source: true });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  function rigOf(schema: string, more: Partial<Parameters<typeof buildRig>[0]> = {}) {
    lastServerId += 1;
    return buildRig({ server, schema, serverId: lastServerId, tables: ORDERS, ...more });
  }

  describe('records', () => {
    test('a transaction gives one record per record key, in the order of first appearance', async () => {
      await using db = await openSchema(server, 'grouping');
      await db.query(CREATE);
      await using rig = rigOf('grouping');
      await rig.actor.start();

      await db.query(`BEGIN; INSERT INTO orders VALUES (1, 20, 1), (2, 10, 1), (3, 20, 1);
      UPDATE orders SET v = 2 WHERE id = 2; DELETE FROM orders WHERE id = 1; COMMIT`);
      await db.query('INSERT INTO orders VALUES (4, 10, 1)');
      await rig.producer.until(({ records }) => records.length >= 3);

      const shown = rig.producer.records.map(({ key, source, payloads }) => [
        key,
        source.ordinal,
        payloads.map(({ op, old, new: after }) => `${op} ${(after ?? old)?.['id']}`),
      ]);
      expect(shown).toEqual([
        ['20', 0, ['insert 1', 'insert 3', 'delete 1']],
        ['10', 1, ['insert 2', 'update 2']],
        ['10', 0, ['insert 4']],
      ]);
      const [first, second, third] = rig.producer.records;
      expect(first?.source.position).toBe(second?.source.position);
      expect(third?.source.position).toBeGreaterThan(first?.source.position ?? Number.POSITIVE_INFINITY);
      expect(second?.partition).toBe(third?.partition);
    });

    test('a row that moves to another record key is deleted under the old and inserted under the new', async () => {
      await using db = await openSchema(server, 'moving');
      await db.query(`${CREATE}; INSERT INTO orders VALUES (1, 10, 5)`);
      await using rig = rigOf('moving');
      await rig.actor.start();

      await db.query('UPDATE orders SET buyer_no = 20 WHERE id = 1; UPDATE orders SET id = 2 WHERE id = 1');
      await rig.producer.until(({ records }) => records.length >= 3);

      expect(rig.producer.records.map(({ key, payloads }) => [key, ...payloads])).toEqual([
        ['10', { op: 'delete', table: 'orders', old: { id: 1, buyer_no: 10, v: 5 }, new: null }],
        ['20', { op: 'insert', table: 'orders', old: null, new: { id: 1, buyer_no: 20, v: 5 } }],
        [
          '20',
          { op: 'update', table: 'orders', old: { id: 1, buyer_no: 20, v: 5 }, new: { id: 2, buyer_no: 20, v: 5 } },
        ],
      ]);
      expect(rig.actor.status().reason).toBe('ERG_1511: rows got another record key: orders (1)');
      expect(rig.logger.events.map(({ name }) => name)).toContain('capture.record-key.changed');
    });

    test('what was rolled back and what is not captured gives none; the latter is counted', async () => {
      await using db = await openSchema(server, 'others');
      await db.query(`${CREATE}; CREATE TABLE other (id INT PRIMARY KEY)`);
      await using rig = rigOf('others');
      await rig.actor.start();

      await db.query(`INSERT INTO other VALUES (1), (2); BEGIN; INSERT INTO orders VALUES (1, 1, 1); ROLLBACK;
      BEGIN; INSERT INTO orders VALUES (2, 1, 1); SAVEPOINT a; INSERT INTO orders VALUES (3, 1, 1);
      ROLLBACK TO a; COMMIT`);
      await rig.producer.until(({ records }) => records.length >= 1);

      expect(rig.producer.records.map(({ payloads }) => payloads.map((payload) => payload.new?.['id']))).toEqual([[2]]);
      expect(rig.actor.status().detail).toMatchObject({ ignored: 1, transactions: 1, changes: 1, records: 1 });
    });

    test('a transaction of 200,000 rows is sent in bounded memory, the same when it is read again', async () => {
      await using db = await openSchema(server, 'large');
      await db.query(CREATE);
      const checkpoints = new MemoryCheckpoints();
      await using rig = rigOf('large', { checkpoints });
      await rig.actor.start();
      const before = checkpoints.saved;

      const rows = Array.from({ length: 200_000 }, (_, id) => `(${id}, ${id % 50}, ${id})`);
      await db.query(`INSERT INTO orders VALUES ${rows.join()}`);
      const total = () => rig.producer.records.reduce((sum, { payloads }) => sum + payloads.length, 0);
      // A slow stream: the first send is held until the reader had to stop for it.
      await rig.producer.until(() => total() === 200_000);
      await rig.actor.drain(10_000);

      const ordinals = rig.producer.records.map(({ source }) => source.ordinal);
      expect(ordinals).toEqual(ordinals.map((_, index) => index));
      expect(ordinals.length).toBeGreaterThan(100);

      const again = new MemoryCheckpoints();
      again.saved = before;
      await using second = rigOf('large', { checkpoints: again });
      await second.actor.start();
      await second.producer.until(({ sent }) => sent.length >= rig.producer.sent.length);
      expect(second.producer.sent.map(({ value }) => value.toString())).toEqual(
        rig.producer.sent.map(({ value }) => value.toString()),
      );
    });
  });

  test('a user with a password and the rights that the manual names is enough', async () => {
    await using db = await openSchema(server, 'secured');
    await db.query(CREATE);
    const follow = flavour.flavour === 'MySQL' ? 'REPLICATION CLIENT' : 'BINLOG MONITOR';
    await db.query(`DROP USER IF EXISTS capture@'%'; CREATE USER capture@'%' IDENTIFIED BY 'secret é';
      GRANT SELECT ON secured.* TO capture@'%'; GRANT REPLICATION SLAVE, ${follow} ON *.* TO capture@'%'`);
    await using rig = rigOf('secured', {
      server: { host: server.host, port: server.port, user: 'capture', password: 'secret é' },
    });
    await rig.actor.start();
    await db.query('INSERT INTO orders VALUES (1, 1, 1)');
    await rig.producer.until(({ records }) => records.length === 1);
    await using wrong = rigOf('secured', {
      server: { host: server.host, port: server.port, user: 'capture', password: 'other' },
    });
    await expect(wrong.actor.start()).rejects.toMatchObject({ code: 'ERG_1508' });
  });

  describe('what the log tells besides rows', () => {
    test('a changed definition is reported, and rows of both shapes arrive', async () => {
      await using db = await openSchema(server, 'altered');
      await db.query(CREATE);
      await using rig = rigOf('altered');
      await rig.actor.start();

      await db.query(`INSERT INTO orders VALUES (1, 1, 1); ALTER TABLE orders ADD COLUMN extra INT UNSIGNED;
      INSERT INTO orders VALUES (2, 1, 1, 4294967295); ALTER TABLE orders DROP COLUMN v;
      INSERT INTO orders VALUES (3, 1, 7)`);
      await rig.producer.until(({ records }) => records.length >= 3);

      expect(rig.producer.records.map(({ payloads }) => payloads[0]?.new)).toEqual([
        { id: 1, buyer_no: 1, v: 1 },
        { id: 2, buyer_no: 1, v: 1, extra: 4294967295 },
        { id: 3, buyer_no: 1, extra: 7 },
      ]);
      expect(rig.actor.status().detail).toMatchObject({
        schemaChanges: [
          { statement: expect.stringContaining('DROP COLUMN') },
          { statement: expect.stringContaining('ADD') },
        ],
      });
    });

    test('a captured table that is dropped or missing is an alert; the others go on', async () => {
      await using db = await openSchema(server, 'dropped');
      await db.query(`${CREATE}; CREATE TABLE payment (id INT PRIMARY KEY)`);
      const tables = { ...ORDERS, payment: { recordKey: ['id'] }, typo: { recordKey: ['id'] } };
      await using rig = rigOf('dropped', { tables });
      await rig.actor.start();
      expect(rig.actor.status()).toMatchObject({ state: 'running', reason: 'ERG_1510: not at the source: typo' });

      await db.query('DROP TABLE payment; TRUNCATE TABLE orders; INSERT INTO orders VALUES (1, 1, 1)');
      await rig.producer.until(({ records }) => records.length >= 1);
      expect(rig.actor.status()).toMatchObject({
        state: 'running',
        reason: 'ERG_1510: not at the source: payment, typo',
      });
      const lost = rig.logger.events
        .filter(({ name }) => name === 'capture.table.lost')
        .map(({ fields }) => fields?.['tables']);
      expect(lost).toEqual(['typo', 'payment', 'orders']);
    });

    test.each([
      [
        'a statement that is not logged as rows',
        "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO orders VALUES (1, 1, 1)",
        'ERG_1503',
      ],
      [
        'an XA transaction',
        "XA START 'x'; INSERT INTO orders VALUES (1, 1, 1); XA END 'x'; XA PREPARE 'x'; XA ROLLBACK 'x'",
        'ERG_1505',
      ],
    ])('%s on a captured table stops the capture', async (_, sql, code) => {
      await using db = await openSchema(server, 'unfollowed');
      await db.query(CREATE);
      await using rig = rigOf('unfollowed');
      await rig.actor.start();
      await db.query(sql);
      expect(await rig.actor.ended).toMatchObject({ code });
    });

    test('a source without full row metadata is refused by the name of the setting', async () => {
      await using db = await openSchema(server, 'minimal');
      await db.query(`${CREATE}; SET GLOBAL binlog_row_metadata = 'MINIMAL'`);
      await using rig = rigOf('minimal');
      await expect(rig.actor.start()).rejects.toMatchObject({
        code: 'ERG_1503',
        message: expect.stringContaining('binlog_row_metadata=FULL'),
      });
      await db.query("SET GLOBAL binlog_row_metadata = 'FULL'");
    });

    test('an idle source gives a heartbeat per partition, and a lag near zero', async () => {
      await using db = await openSchema(server, 'idle');
      await db.query(CREATE);
      await using rig = rigOf('idle', { heartbeatMs: 100, partitions: 3 });
      await rig.actor.start();
      await rig.producer.until(({ heartbeats }) => heartbeats.length >= 6);
      expect(rig.producer.heartbeats.slice(0, 3).map(({ partition }) => partition)).toEqual([0, 1, 2]);
      const age = Date.now() - (rig.producer.heartbeats.at(-1)?.commitTime ?? 0);
      expect(age).toBeLessThan(1_000);
      expect(rig.actor.status().detail).toMatchObject({ kind: 'capture', lagSeconds: expect.any(Number) });
      const { lagSeconds } = rig.actor.status().detail as { lagSeconds: number };
      expect(lagSeconds).toBeLessThan(1);
    });

    test('a stream that stands still stops the reading at the byte limit', async () => {
      await using db = await openSchema(server, 'held');
      await db.query(CREATE.replace('v INT', 'v LONGTEXT'));
      await using rig = rigOf('held');
      await rig.actor.start();
      const gate = Promise.withResolvers<void>();
      rig.producer.beforeAck = () => gate.promise;

      const rows = 600;
      for (let id = 0; id < rows; id += 1) {
        await db.query(`INSERT INTO orders VALUES (${id}, ${id}, REPEAT('x', 100000))`);
      }
      const readRecords = (rig.actor.status().detail as { records: number }).records;
      expect(readRecords * 100_000).toBeLessThan(2 * MAX_HELD_BYTES);
      gate.resolve();
      await rig.producer.until(({ sent }) => sent.length === rows);
    });
  });
});
