/**
 * Faults F55–F57, F62–F67 and F72 of a target: what rivals, schema changes and rows do to it. Nothing is lost, nothing
 * regresses, one bad row is one finding. ERGATE_DRILLS=all runs the long forms.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { FAULT_TABLE } from '../support/fault/fault-load.ts';
import { FaultRun, STEADY, VICTIM } from '../support/fault/fault-run.ts';
import { type FaultServers, startFaultServers } from '../support/fault/fault-servers.ts';
import { expectUnharmed, judgeFault } from '../support/fault/judge-fault.ts';

const IS_LONG = process.env['ERGATE_DRILLS'] === 'all';
/** A record of more than 8 MiB is a finding. */
const F72_ROWS_PER_RECORD = 10_000;
const F72_ROWS = IS_LONG ? 100_000 : 10_000;
const MANY_BYTES = 64 * 1024 * 1024;

let servers: FaultServers;

beforeAll(async () => {
  servers = await startFaultServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

describe.concurrent('rivals', () => {
  test('F55 deadlocks with a rival: the whole batch again', async () => {
    await using run = await FaultRun.start({ servers, name: 'f55' });
    const rival = await run.openRival();
    // It has changed more rows than a batch, so the server ends our transaction and not its.
    const heavy = `INSERT INTO rival VALUES ${Array.from({ length: 2_000 }, () => '(1)')}`;
    await rival.query('CREATE TABLE rival (n INT)');
    await run.until('two deadlocks', async () => {
      await rival.query(`START TRANSACTION; ${heavy}`).catch(() => {});
      for (const order of ['DESC', 'ASC', 'DESC']) {
        await rival
          .query(`SELECT 1 FROM ${FAULT_TABLE} ORDER BY product_order_no ${order} LIMIT 40 FOR UPDATE`)
          .catch(() => {});
      }
      await rival.query('ROLLBACK');
      return run.told().filter((code) => code === 'ERG_3004').length >= 2;
    });
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F56 a row that a rival locks for long holds up its lane, not the others', async () => {
    await using run = await FaultRun.start({ servers, name: 'f56', batchDeadlineMs: 10_000, settings: { lanes: 4 } });
    const rival = await run.openRival();
    await rival.query(`START TRANSACTION; SELECT 1 FROM ${FAULT_TABLE} ORDER BY product_order_no LIMIT 1 FOR UPDATE`);
    await run.until('a lane is held up', () => run.rig.detail().lanes.some(({ queued }) => queued > 20));
    const before = await newestVersion(run);
    await run.until('other lanes of the shard go on', async () => (await newestVersion(run)) > before + 20);
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3005');
    await rival.query('ROLLBACK');
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F57 a locked table holds up its shard, not the other', async () => {
    await using run = await FaultRun.start({ servers, name: 'f57', batchDeadlineMs: 10_000 });
    const rival = await run.openRival();
    await rival.query(`LOCK TABLES ${FAULT_TABLE} READ`);
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3005');
    await rival.query('UNLOCK TABLES');
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F62 a time limit of the server makes the batches smaller until they pass', async () => {
    const user = 'f62_writer';
    await using run = await FaultRun.start({
      servers,
      name: 'f62',
      user,
      batchDeadlineMs: 10_000,
      settings: { batch: { minRows: 16, maxRows: 1_000 } },
      prepare: `CREATE OR REPLACE USER ${user} WITH MAX_STATEMENT_TIME 0.3; GRANT ALL ON f62_0.* TO ${user}`,
    });
    // Sixteen new rows take longer than the limit, a few do not.
    await run.atVictim(`CREATE TRIGGER slow BEFORE INSERT ON ${FAULT_TABLE} FOR EACH ROW
      SET @slept = IF(NEW.product_order_no >= 20000, SLEEP(0.03), 0)`);
    run.partition.append(run.load.putMany(evenKeys(20_000, 40)));
    await run.untilFelt('ERG_3006');
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });
});

describe.concurrent('the schema', () => {
  test('F63 a column that is dropped under load is left out, and its values are counted', async () => {
    await using run = await FaultRun.start({ servers, name: 'f63' });
    await run.atVictim(`ALTER TABLE ${FAULT_TABLE} DROP COLUMN amount`);
    await run.untilReached(VICTIM);
    const [unwritten] = run.rig.detail().unwrittenColumns;
    expect(unwritten).toMatchObject({ table: FAULT_TABLE, column: 'amount' });
    expect(unwritten?.changes).toBeGreaterThan(0);
    expectUnharmed(await judgeFault(run));
  });

  test('F64 a unique value that another row has is one finding, and never overwrites that row', async () => {
    await using run = await FaultRun.start({
      servers,
      name: 'f64',
      prepare: `ALTER TABLE ${FAULT_TABLE} ADD UNIQUE KEY note (note)`,
    });
    run.partition.append(run.load.put(8_000, { note: 'taken' }));
    run.partition.append(run.load.put(8_002, { note: 'taken' }));
    run.load.forget(8_002);
    await run.until('the finding is stored', () => run.rig.detail().counts.findings === 1);
    expectUnharmed(await judgeFault(run), ['ERG_3207']);
  });

  test('F64 unique values that change places between rows of different lanes end right', async () => {
    await using run = await FaultRun.start({
      servers,
      name: 'f64b',
      settings: { lanes: 4 },
      prepare: `ALTER TABLE ${FAULT_TABLE} ADD UNIQUE KEY note (note)`,
    });
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [8_000 + round * 4, 8_002 + round * 4];
      run.partition.append(run.load.put(a, { note: `a${round}` }), run.load.put(b, { note: `b${round}` }));
      run.partition.append(
        run.load.put(a, { note: `t${round}` }),
        run.load.put(b, { note: `a${round}` }),
        run.load.put(a, { note: `b${round}` }),
      );
    }
    expectUnharmed(await judgeFault(run));
  });

  test('F65 a table that is gone is waited for; the other shard goes on', async () => {
    await using run = await FaultRun.start({ servers, name: 'f65' });
    await run.atVictim(`RENAME TABLE ${FAULT_TABLE} TO elsewhere`);
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3402');
    await run.atVictim(`RENAME TABLE elsewhere TO ${FAULT_TABLE}`);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F65 a right that is taken away is waited for; the other shard goes on', async () => {
    const user = 'f65_writer';
    const grant = (right: string) => `GRANT ${right} ON f65b_0.* TO ${user}`;
    await using run = await FaultRun.start({
      servers,
      name: 'f65b',
      user,
      prepare: `CREATE OR REPLACE USER ${user}; ${grant('SELECT, INSERT, UPDATE, DELETE, CREATE')}`,
    });
    await run.atVictim(`REVOKE INSERT ON f65b_0.* FROM ${user}`);
    run.proxy.reset();
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3501');
    await run.atVictim(grant('INSERT'));
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  testOnRequest(
    'F65 a table that is gone does not hold up the other tables of its shard',
    'takes a minute',
    async () => {
      await using run = await FaultRun.start({
        servers,
        name: 'f65c',
        tables: { refund: { shardKey: 'seller_no' } },
      });
      await run.atVictim(`RENAME TABLE ${FAULT_TABLE} TO elsewhere`);
      await run.untilFelt('ERG_3402');
      run.partition.append(run.load.put(7_000, {}, 'refund'));
      run.load.forget(7_000);
      await run.until(
        'the other table is written',
        async () => {
          const [rows] = await run.victim.query(`SELECT 1 FROM f65c_0.refund`);
          return (rows as unknown[]).length === 1;
        },
        60_000,
      );
      await run.atVictim(`RENAME TABLE elsewhere TO ${FAULT_TABLE}`);
      await run.untilReached(VICTIM, 60_000);
      expectUnharmed(await judgeFault(run));
    },
  );

  test('F66 rows that the table can never take are findings, each alone', async () => {
    await using run = await FaultRun.start({
      servers,
      name: 'f66',
      prepare: `ALTER TABLE ${FAULT_TABLE} MODIFY amount DECIMAL(20,2) NOT NULL, ADD CHECK (note <> 'bad');
        CREATE TABLE parent (id BIGINT PRIMARY KEY); INSERT INTO parent VALUES (1);
        ALTER TABLE ${FAULT_TABLE} ADD parent BIGINT NULL, ADD FOREIGN KEY (parent) REFERENCES parent (id)`,
    });
    const bad = [
      { note: 'bad' },
      { amount: null },
      { note: 'x'.repeat(41) },
      { parent: 2 },
      { amount: '9'.repeat(30) },
    ];
    for (const [index, more] of bad.entries()) {
      const key = 8_000 + index * 2;
      run.partition.append(run.load.put(key, more));
      run.load.forget(key);
    }
    await run.until('five findings are stored', () => run.rig.detail().counts.findings === bad.length);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run), ['ERG_3205', 'ERG_3204', 'ERG_3302', 'ERG_3206', 'ERG_3202']);
  });
});

describe.concurrent('sizes', () => {
  test('F67 a row that is larger than the packets that the server takes now is one finding', async () => {
    await using run = await FaultRun.start({
      servers,
      name: 'f67',
      maxQueuedBytes: MANY_BYTES,
      prepare: `ALTER TABLE ${FAULT_TABLE} ADD body MEDIUMTEXT`,
    });
    const body = 'x'.repeat(2 * 1024 * 1024);
    run.partition.append(run.load.put(8_000, { body }));
    await run.untilSettled();
    await run.victim.query('SET GLOBAL max_allowed_packet = 1048576');
    run.proxy.reset();
    run.partition.append(run.load.put(8_002, { body }));
    run.load.forget(8_002);
    await run.until('the finding is stored', () => run.rig.detail().counts.findings === 1);
    await run.untilReached(VICTIM);
    await run.victim.query('SET GLOBAL max_allowed_packet = 67108864');
    expectUnharmed(await judgeFault(run), ['ERG_3305']);
  });

  test(`F72 a transaction of ${F72_ROWS} rows arrives whole, in batches`, async () => {
    await using run = await FaultRun.start({
      servers,
      name: 'f72',
      maxQueuedBytes: MANY_BYTES,
      batchDeadlineMs: 10_000,
    });
    const { batches } = run.rig.detail().counts;
    for (let first = 0; first < F72_ROWS; first += F72_ROWS_PER_RECORD) {
      run.partition.append(run.load.putMany(evenKeys(20_000 + 2 * first, F72_ROWS_PER_RECORD)));
    }
    await run.untilSettled(90_000);
    expect(run.rig.detail().counts.batches - batches).toBeGreaterThan(F72_ROWS / 1_000);
    expectUnharmed(await judgeFault(run));
  });

  test('F72 a batch with more values than a statement may have placeholders is written', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `c${index}`);
    await using run = await FaultRun.start({
      servers,
      name: 'f72b',
      maxQueuedBytes: MANY_BYTES,
      batchDeadlineMs: 10_000,
      settings: { batch: { minRows: 1_000, maxRows: 1_000, maxBytes: MANY_BYTES } },
      prepare: `ALTER TABLE ${FAULT_TABLE} ${names.map((name) => `ADD ${name} TINYINT NULL`)}`,
    });
    const values = Object.fromEntries(names.map((name) => [name, 1]));
    run.partition.append(run.load.putMany(evenKeys(20_000, 500), values));
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });
});

function evenKeys(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index * 2);
}

async function newestVersion(run: FaultRun): Promise<number> {
  const [rows] = await run.victim.query(`SELECT MAX(ergate_seq) AS newest FROM ${run.schemas[VICTIM]}.${FAULT_TABLE}`);
  return Number((rows as { newest: string }[])[0]?.newest);
}
