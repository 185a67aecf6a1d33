/** Where a capture goes on after whatever ended it: a real source of each flavour, with a change stream in memory. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildRig, MemoryCheckpoints, openSchema } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';

let lastServerId = 9200;

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

  test('the place of the first start is saved before anything is read', async () => {
    await using db = await openSchema(server, 'first_start');
    await db.query(CREATE);
    const checkpoints = new MemoryCheckpoints();
    await using rig = rigOf('first_start', { checkpoints });
    await rig.actor.start();
    expect(checkpoints.saved).toMatchObject({ epoch: 0, binlogFile: expect.stringMatching(/^binlog\.\d+$/) });
  });

  test('a source that was killed and came back is followed without a gap', async () => {
    await using admin = await flavour.start({ folder: opened.folder, name: 'killed', source: true, serverId: 2 });
    await using rig = await (async () => {
      await using db = await openSchema(admin, 'killed');
      await db.query(`${CREATE}`);
      const opened = rigOf('killed', { server: admin });
      await opened.actor.start();
      await db.query('INSERT INTO orders VALUES (1, 1, 1)');
      await opened.producer.until(({ records }) => records.length === 1);
      return opened;
    })();

    await admin.killHard();
    await rig.logger.until((events) => events.some(({ name }) => name === 'capture.reconnecting'));
    expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('ERG_1502') });
    await admin.start();
    const { createConnection } = await import('mysql2/promise');
    const db = await createConnection({ host: admin.host, port: admin.port, user: 'root', database: 'killed' });
    await db.query('INSERT INTO orders VALUES (2, 1, 1)');
    await rig.producer.until(({ records }) => records.some(({ payloads }) => payloads[0]?.new?.['id'] === 2));
    db.destroy();

    const ids = rig.producer.records.map(({ payloads }) => payloads[0]?.new?.['id']);
    expect([...new Set(ids)]).toEqual([1, 2]);
    await rig.logger.until((events) => events.filter(({ name }) => name === 'capture.started').length >= 2);
    expect(rig.actor.status().state).toBe('running');
  });

  test('after a failed send everything from the last acknowledged place is sent again', async () => {
    await using db = await openSchema(server, 'resend');
    await db.query(CREATE);
    await using rig = rigOf('resend');
    await rig.actor.start();
    await db.query('INSERT INTO orders VALUES (1, 1, 1)');
    await rig.producer.until(({ records }) => records.length === 1);

    let failures = 0;
    rig.producer.beforeAck = async () => {
      failures += 1;
      if (failures === 1) {
        throw new ReplicationError('ERG_1204', 'the brokers went away');
      }
    };
    await db.query('INSERT INTO orders VALUES (2, 1, 1); INSERT INTO orders VALUES (3, 1, 1)');
    await rig.producer.until(({ records }) => records.some(({ payloads }) => payloads[0]?.new?.['id'] === 3));

    const ids = rig.producer.records.map(({ payloads }) => payloads[0]?.new?.['id']);
    expect([...new Set(ids)]).toEqual([1, 2, 3]);
  });

  test('a newer place takes over; the older one stops', async () => {
    await using db = await openSchema(server, 'takeover');
    await db.query(CREATE);
    const checkpoints = new MemoryCheckpoints();
    lastServerId += 1;
    const serverId = lastServerId;
    await using older = rigOf('takeover', { checkpoints, serverId });
    await older.actor.start();
    await using newer = rigOf('takeover', { checkpoints, serverId, placeEpoch: 2 });
    await newer.actor.start();

    // Same server id: the source ends the older connection, and the claim refuses it on its way back.
    expect(await older.actor.ended).toMatchObject({ code: 'ERG_5003', class: 'fenced' });
    await db.query('INSERT INTO orders VALUES (1, 1, 1)');
    await newer.producer.until(({ records }) => records.length === 1);
    expect(older.producer.records).toEqual([]);
    expect(newer.actor.status().state).toBe('running');
  });

  test('a log file that is gone stops the capture, which names it', async () => {
    await using db = await openSchema(server, 'purged');
    await db.query(CREATE);
    const checkpoints = new MemoryCheckpoints();
    checkpoints.saved = { epoch: 0, binlogFile: 'binlog.000999', binlogPosition: 4, gtid: '' };
    await using rig = rigOf('purged', { checkpoints });

    await expect(rig.actor.start()).rejects.toMatchObject({ code: 'ERG_1501' });
    expect(rig.actor.status().reason).toContain('binlog.000999');
    expect(checkpoints.saved.binlogFile).toBe('binlog.000999');
  });

  test('a rotated log is followed into the next file', async () => {
    await using db = await openSchema(server, 'rotated');
    await db.query(CREATE);
    await using rig = rigOf('rotated');
    await rig.actor.start();
    await db.query('INSERT INTO orders VALUES (1, 1, 1); FLUSH BINARY LOGS; INSERT INTO orders VALUES (2, 1, 1)');
    await rig.producer.until(({ records }) => records.length === 2);
    const [first, second] = rig.producer.records;
    expect(second?.source.file).toBe((first?.source.file ?? 0) + 1);
  });

  test('drain sends what was read and saves the place behind it', async () => {
    await using db = await openSchema(server, 'drained');
    await db.query(CREATE);
    const checkpoints = new MemoryCheckpoints();
    await using rig = rigOf('drained', { checkpoints });
    await rig.actor.start();
    await db.query('INSERT INTO orders VALUES (1, 1, 1)');
    await rig.producer.until(({ records }) => records.length === 1);
    await rig.actor.drain(5_000);
    expect(await rig.actor.ended).toBeUndefined();

    await using next = rigOf('drained', { checkpoints, placeEpoch: 2 });
    await next.actor.start();
    await db.query('INSERT INTO orders VALUES (2, 1, 1)');
    await next.producer.until(({ records }) => records.length > 0);
    expect(next.producer.records.map(({ payloads }) => payloads[0]?.new?.['id'])).toEqual([2]);
  });
});
