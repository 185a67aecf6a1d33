/** Faults of a real server and of the network between: what is reported, and that nothing is lost or turned back. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { aChange } from '../support/build-change.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { openProxiedTarget, type ProxiedTargetOptions } from '../support/proxied-target.ts';
import { errorOf, OWNER } from '../support/target-under-test.ts';

const NEXT_OWNER = { ...OWNER, epoch: 2, owner: 'node-2/boot' };

const WAITING_SESSION =
  "SELECT trx_mysql_thread_id AS id FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'";

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  const arrange = (options: ProxiedTargetOptions = {}) => openProxiedTarget(server, options);

  describe('an unknown outcome', () => {
    test('the answer to a commit is lost: reported as unknown, and the same batch again changes nothing', async () => {
      await using t = await arrange();
      t.proxy.add({ kind: 'dropReplyAfter', match: /COMMIT$/, keepServer: true }, { times: 1 });
      const lost = await errorOf(t.writer.write([t.change('1', 2), t.change('2', 2)]));
      expect(lost.code).toBe('ERG_3002');
      expect(lost.class).toBe('unknown');
      const committed = await t.target.readRows(t.table);
      await t.writer.write([t.change('1', 2), t.change('2', 2)]);
      expect(await t.target.readRows(t.table)).toEqual(committed);
    });

    test('a request that arrives after its client has given up no longer takes effect', async () => {
      await using t = await arrange({ batchDeadlineMs: 300 });
      const held = t.proxy.add({ kind: 'holdRequest', match: /COMMIT$/ }, { times: 1 });
      const late = await errorOf(t.writer.write([t.change('1', 2), t.change('9', 2)]));
      expect(late.code).toBe('ERG_3003');
      await t.writer.write([t.change('1', 3)]);
      held.remove();
      await t.writer.write([t.change('2', 4)]);
      expect(await t.versions()).toEqual(['1@3', '2@4']);
    });

    test('a statement that still waits in the server is ended there before the batch is written again', async () => {
      await using t = await arrange({ batchDeadlineMs: 500 });
      const release = await t.target.holdRow(t.table, '1');
      expect((await errorOf(t.writer.write([t.change('1', 2), t.change('2', 2)]))).code).toBe('ERG_3003');
      await t.target.untilWaiting(1);
      const [session] = await t.target.sql(WAITING_SESSION);
      await t.writer.write([t.change('3', 3)]);
      const left = `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${session?.['id']} AND COMMAND <> 'Killed'`;
      expect(await t.target.sql(left)).toEqual([]);
      await release();
      expect(await t.versions()).toEqual(['1@1', '3@3']);
    });

    test('a killed session: the writer goes on with a new one', async () => {
      await using t = await arrange();
      const release = await t.target.holdRow(t.table, '1');
      const killed = errorOf(t.writer.write([t.change('1', 2)]));
      await t.target.untilWaiting(1);
      const [session] = await t.target.sql(WAITING_SESSION);
      await t.target.sql(`KILL ${session?.['id']}`);
      expect(['transient', 'unknown']).toContain((await killed).class);
      await release();
      await t.writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });

    test('a session killed while idle is replaced without an error', async () => {
      await using t = await arrange();
      t.proxy.reset(true);
      const outcome = await t.writer.write([t.change('1', 2)]).then(
        () => 'written',
        (error) => error.code,
      );
      // Whether the reset is noticed before or after the next request is up to the network.
      expect(['written', 'ERG_3002']).toContain(outcome);
      await t.writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });

    test('a server that stands still is given up on in time, and written on when it moves again', async () => {
      await using t = await arrange({ batchDeadlineMs: 500, openDeadlineMs: 500 });
      process.kill(server.pid, 'SIGSTOP');
      try {
        const startedMs = performance.now();
        expect((await errorOf(t.writer.write([t.change('1', 2)]))).code).toBe('ERG_3003');
        expect((await errorOf(t.writer.write([t.change('1', 2)]))).code).toBe('ERG_3001');
        expect(performance.now() - startedMs).toBeLessThan(3_000);
      } finally {
        process.kill(server.pid, 'SIGCONT');
      }
      await t.writer.write([t.change('1', 3)]);
      expect(await t.versions()).toEqual(['1@3']);
    });

    test('a server that crashed and came back keeps what it had acknowledged, and is written on', async () => {
      await using t = await arrange();
      await t.writer.write([t.change('1', 2)]);
      await server.killHard();
      const down = await errorOf(t.writer.write([t.change('1', 3)]));
      expect(['transient', 'unknown']).toContain(down.class);
      expect((await errorOf(t.writer.write([t.change('1', 3)]))).code).toBe('ERG_3001');
      await server.start();
      await t.writer.write([t.change('1', 3)]);
      await using reader = await MysqlTarget.join(server, t.target.schema);
      expect((await reader.readRows(t.table)).map(({ ergate_seq }) => ergate_seq)).toEqual(['3']);
    });
  });

  describe('an answer of the server', () => {
    test('no error carries the statement, which is full of values', async () => {
      await using t = await arrange();
      const error = await errorOf(
        t.writer.write([aChange({ table: t.table, row: { id: '9999999999999999999', needed: '1' }, seq: 1 })]),
      );
      expect(error.code).toBe('ERG_3202');
      expect(error.message).not.toContain('9999');
      expect(error.cause).toBeInstanceOf(Error);
      expect(inspect(error)).not.toContain('INSERT INTO');
    });

    test('a deadlock rolls the whole batch back and is told as one', async () => {
      await using t = await arrange();
      await t.writer.write([t.change('2', 1), t.change('3', 1)]);
      const rival = await t.target.openSession();
      // The rival has changed more rows, so the server ends our transaction.
      await rival.query('START TRANSACTION; UPDATE plain SET needed = 5 WHERE id = 2');
      await rival.query(
        `INSERT INTO plain (id, needed) VALUES ${Array.from({ length: 50 }, (_, i) => `(${i + 100}, 1)`)}`,
      );
      const loser = errorOf(t.writer.write([t.change('1', 2), t.change('2', 2)]));
      await t.target.untilWaiting(1);
      await rival.query('UPDATE plain SET needed = 5 WHERE id = 1; ROLLBACK');
      expect((await loser).code).toBe('ERG_3004');
      expect(await t.versions()).toEqual(['1@1', '2@1', '3@1']);
      await t.writer.write([t.change('1', 2), t.change('2', 2)]);
      expect(await t.versions()).toEqual(['1@2', '2@2', '3@1']);
    });

    test('a read-only target is waited for', async () => {
      await using admin = await MysqlTarget.open(server, 'users');
      await admin.sql("DROP USER IF EXISTS writer@'%'; CREATE USER writer@'%'; GRANT ALL ON faults.* TO writer@'%'");
      await using t = await arrange({ user: 'writer' });
      await admin.sql('SET GLOBAL read_only = 1');
      const error = await errorOf(t.writer.write([t.change('1', 2)])).finally(() =>
        admin.sql('SET GLOBAL read_only = 0'),
      );
      expect(error.code).toBe('ERG_3007');
      await t.writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });

    test('a read-only target is not written to by an account that could', async () => {
      await using admin = await MysqlTarget.open(server, 'users');
      await using t = await arrange();
      await t.writer.close();
      const writer = t.shard.openWriter(OWNER, 1);
      await admin.sql('SET GLOBAL read_only = 1');
      const written = await errorOf(writer.write([t.change('1', 2)]));
      const fenced = await errorOf(t.shard.takeFence(NEXT_OWNER));
      await admin.sql('SET GLOBAL read_only = 0');
      expect([written.code, fenced.code]).toEqual(['ERG_3007', 'ERG_3007']);
      await writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });

    test('a column or a table that is gone is a matter of the schema, and a shape read anew is enough', async () => {
      await using t = await arrange();
      const withNote = (seq: number, table = t.table) =>
        aChange({ table, row: { id: '1', note: 'x', needed: '1' }, seq });
      await t.target.sql('ALTER TABLE plain DROP COLUMN note');
      expect((await errorOf(t.writer.write([withNote(2)]))).code).toBe('ERG_3401');
      await t.writer.write([withNote(2, await t.target.readTable('plain', t.shard))]);
      expect(await t.versions()).toEqual(['1@2']);
      await t.target.sql('RENAME TABLE plain TO gone');
      expect((await errorOf(t.writer.write([withNote(3)]))).code).toBe('ERG_3402');
      expect(await t.shard.readTables(['plain'])).toEqual(new Map());
    });

    test('a column that a running session sees added is left to its default', async () => {
      await using t = await arrange();
      await t.target.sql("ALTER TABLE plain ADD COLUMN later VARCHAR(9) NOT NULL DEFAULT 'x' FIRST");
      await t.writer.write([t.change('2', 1)]);
      expect((await t.target.readRows(t.table)).map(({ later }) => later)).toEqual(['x', 'x']);
    });

    test('a missing right is a matter of configuration', async () => {
      await using admin = await MysqlTarget.open(server, 'users');
      await admin.sql("DROP USER IF EXISTS reader@'%'; CREATE USER reader@'%'; GRANT ALL ON faults.* TO reader@'%'");
      await using t = await arrange({ user: 'reader' });
      await admin.sql("REVOKE INSERT ON faults.* FROM reader@'%'");
      await t.writer.close();
      const error = await errorOf(t.shard.openWriter(OWNER, 1).write([t.change('1', 2)]));
      expect(error.code).toBe('ERG_3501');
      expect(error.class).toBe('configuration');
    });

    test('a right that is given back is used: a session knows those of when it was opened', async () => {
      await using admin = await MysqlTarget.open(server, 'users');
      const grant = "GRANT ALL ON faults.* TO reader@'%'";
      await admin.sql(`DROP USER IF EXISTS reader@'%'; CREATE USER reader@'%'; ${grant}`);
      await using t = await arrange({ user: 'reader' });
      await admin.sql("REVOKE INSERT ON faults.* FROM reader@'%'");
      t.proxy.reset();
      const lost = await errorOf(t.writer.write([t.change('1', 2)]));
      const refused = lost.code === 'ERG_3002' ? await errorOf(t.writer.write([t.change('1', 2)])) : lost;
      expect(refused.code).toBe('ERG_3501');
      await admin.sql(grant);
      await t.writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });

    test('rows of a megabyte are written in packets that the server takes, in one transaction; a larger one is refused', async () => {
      await using admin = await MysqlTarget.open(server, 'users');
      await admin.sql('SET GLOBAL max_allowed_packet = 4194304');
      try {
        await using t = await arrange();
        const table = await t.target.createTable('wide', 'id BIGINT NOT NULL, body MEDIUMTEXT');
        const wide = (id: number, length: number) =>
          aChange({ table, row: { id: String(id), body: '가'.repeat(length / 3) }, seq: 1 });
        await t.writer.write(Array.from({ length: 12 }, (_, i) => wide(i, 1_000_000)));
        const [sum] = await t.target.sql('SELECT COUNT(*) AS n, SUM(LENGTH(body)) AS bytes FROM wide');
        expect(sum).toEqual({ n: '12', bytes: String(12 * 999_999) });
        const error = await errorOf(t.writer.write([wide(50, 30), wide(51, 3_000_000)]));
        expect(error.code).toBe('ERG_3305');
        expect(error.context).toMatchObject({ changeIndex: 1 });
        await t.writer.write([wide(50, 30)]);
      } finally {
        await admin.sql('SET GLOBAL max_allowed_packet = 67108864');
      }
    });
  });

  describe('a takeover', () => {
    test('an owner that comes back with its own epoch ends the session that it left behind', async () => {
      await using t = await arrange({ batchDeadlineMs: 500 });
      const release = await t.target.holdRow(t.table, '1');
      expect((await errorOf(t.writer.write([t.change('1', 2)]))).code).toBe('ERG_3003');
      await t.shard.close();
      await t.target.untilWaiting(1);
      const again = t.target.openShard();
      await again.takeFence(OWNER);
      await release();
      expect(await t.versions()).toEqual(['1@1']);
      await again.openWriter(OWNER, 0).write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });
  });

  describe.concurrent('what waits for seconds', () => {
    test('a lock that somebody else holds too long is a lock wait; afterwards the batch is written', async () => {
      await using t = await arrange({ schema: 'locked' });
      const release = await t.target.holdRow(t.table, '1');
      expect((await errorOf(t.writer.write([t.change('1', 2), t.change('2', 2)]))).code).toBe('ERG_3005');
      expect(await t.versions()).toEqual(['1@1']);
      await release();
      await t.writer.write([t.change('1', 2), t.change('2', 2)]);
      expect(await t.versions()).toEqual(['1@2', '2@2']);
    });

    test('a frozen old owner, with a transaction open, is ended after about five seconds', async () => {
      await using t = await arrange({ schema: 'frozen' });
      const release = await t.target.holdRow(t.table, '1');
      // Frozen: the old owner gets no answer and sends nothing, its session stays in the server with its locks.
      const frozen = errorOf(t.writer.write([t.change('1', 2)]));
      await t.target.untilWaiting(1);
      const startedMs = performance.now();
      await t.target.openShard().takeFence(NEXT_OWNER);
      const waitedMs = performance.now() - startedMs;
      await release();
      expect(waitedMs).toBeLessThan(9_000);
      expect(['transient', 'unknown']).toContain((await frozen).class);
      expect((await errorOf(t.writer.write([t.change('1', 2)]))).code).toBe('ERG_3101');
      expect(await t.versions()).toEqual(['1@1']);
    });

    test('a fence that a stranger locks is reported and left alone', async () => {
      await using t = await arrange({ schema: 'strange' });
      const stranger = await t.target.openSession();
      await stranger.query('START TRANSACTION; SELECT * FROM ergate_fence FOR UPDATE');
      expect((await errorOf(t.target.openShard().takeFence(NEXT_OWNER))).code).toBe('ERG_3103');
      await stranger.query('ROLLBACK');
      await t.writer.write([t.change('1', 2)]);
      expect(await t.versions()).toEqual(['1@2']);
    });
  });
});
