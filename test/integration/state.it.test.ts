/** The state database on a real MariaDB. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../actors/state/finding.ts';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { STATE_MIGRATIONS } from '../../actors/state/state-migrations.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { holdServer } from '../support/hold-server.ts';

type Schema = Awaited<ReturnType<typeof openSchema>>;

const SCHEMA = 'state_test';
const PLACE = { epoch: 0, binlogFile: 'binlog.000001', binlogPosition: 4, gtid: '0-1-7' };

let folder: string;
let server: MariadbServer;
let db: Schema;
let state: StateDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-state-'));
  server = await startMariadb({ folder, name: 'state' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  db?.destroy();
  state?.close();
  db = await openSchema(server, SCHEMA);
  state = openStateDatabase(serverOf({ server, schema: SCHEMA }));
});

async function ask(sql: string): Promise<readonly Record<string, unknown>[]> {
  const [rows] = await db.query(sql);
  return rows as Record<string, unknown>[]; // every statement here gives rows
}

function aFinding(more: Partial<Finding> = {}): Finding {
  return {
    pipeline: 'order-seller',
    topic: 'cdc.order',
    topicEpoch: 0,
    partition: 3,
    offset: 42n,
    payloadIndex: -1,
    code: 'ERG_1002',
    stage: 'decode',
    message: 'expected JSON',
    table: undefined,
    rowKey: undefined,
    recordKey: null,
    recordValue: Buffer.from('{'),
    ...more,
  };
}

describe('the schema', () => {
  test('is made once, and making it again changes nothing', async () => {
    await state.ensureSchema();
    await state.findings.store([aFinding()]);
    await state.ensureSchema();
    expect(await ask('SELECT version FROM ergate_state_version')).toEqual(
      STATE_MIGRATIONS.map((_, index) => ({ version: index + 1 })),
    );
    expect(await state.findings.count()).toHaveLength(1);
  });

  test('is made by one of several processes that want it at once', async () => {
    const folderOf = (path: string) => JSON.stringify(join(import.meta.dirname, '../..', path));
    const script = `
      const { openStateDatabase } = await import(${folderOf('actors/state/mysql-state-database.ts')});
      const { Secret } = await import(${folderOf('protocol/settings/secret.ts')});
      const [host, port, user, database] = process.argv.slice(1);
      const state = openStateDatabase({ host, port: Number(port), user, password: new Secret(''), database });
      await state.ensureSchema();
      console.log(await state.nextLeaderEpoch());
      state.close();`;
    const run = () =>
      promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', script, server.host, String(server.port), server.user, SCHEMA],
        { timeout: 60_000 },
      );
    const epochs = (await Promise.all([run(), run(), run()])).map(({ stdout }) => Number(stdout));
    expect(epochs.toSorted()).toEqual([1, 2, 3]);
    expect(await ask('SELECT version FROM ergate_state_version')).toEqual(
      STATE_MIGRATIONS.map((_, index) => ({ version: index + 1 })),
    );
  });

  test('that was left half made by a crash is completed', async () => {
    await state.ensureSchema();
    await db.query('DELETE FROM ergate_state_version; DROP TABLE ergate_counter');
    await state.ensureSchema();
    expect(await state.nextLeaderEpoch()).toBe(1);
  });

  test('of a newer program is not touched', async () => {
    await state.ensureSchema();
    await db.query('INSERT INTO ergate_state_version (version) VALUES (99)');
    await expect(state.ensureSchema()).rejects.toMatchObject({
      code: 'ERG_5004',
      message: expect.stringContaining('99'),
    });
  });

  test('that does not exist is a matter for a person', async () => {
    const missing = openStateDatabase(serverOf({ server, schema: 'no_such_schema' }));
    await expect(missing.ensureSchema()).rejects.toMatchObject({ code: 'ERG_5002', class: 'configuration' });
    missing.close();
  });
});

describe('findings', () => {
  beforeEach(() => state.ensureSchema());

  test('are stored once, however often and from wherever they come; the first one stays', async () => {
    const other = openStateDatabase(serverOf({ server, schema: SCHEMA }));
    await Promise.all(
      [state, other].flatMap(({ findings }) => [findings.store([aFinding()]), findings.store([aFinding()])]),
    );
    await state.findings.store([aFinding({ message: 'found again' })]);
    other.close();
    expect(await ask('SELECT message FROM ergate_finding')).toEqual([{ message: 'expected JSON' }]);
  });

  test('differ by pipeline, topic, its epoch, partition, offset, payload and stage; records are asked for by the first five', async () => {
    const strangers = [{ pipeline: 'p' }, { topic: 't' }, { topicEpoch: 1 }, { partition: 4 }];
    const others = [{ offset: 2n ** 53n + 1n }, { payloadIndex: 0 }, { stage: 'write' }, ...strangers];
    const findings = [aFinding(), ...others.map((more) => aFinding(more as Partial<Finding>))]; // single fields of it
    await state.findings.store(findings);
    const [row] = await ask('SELECT COUNT(*) AS stored FROM ergate_finding');
    expect(Number(row?.['stored'])).toBe(findings.length);
    const stuck = await state.findingIndex.listStuck(aFinding(), [42n, 43n, 2n ** 53n + 1n]);
    const spots = stuck.map(({ offset, payloadIndex }) => `${offset}/${payloadIndex}`);
    expect(spots.sort()).toEqual(['42/-1', '42/-1', '42/0', '9007199254740993/-1']);
  });

  test('keep their record byte for byte, and texts that no column takes as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const rowKey = `'"\\\0😀${String.fromCharCode(0xd800)}`;
    await state.findings.store([
      aFinding({
        recordKey: bytes,
        recordValue: Buffer.alloc(0),
        rowKey,
        table: 'x'.repeat(99),
        message: 'é'.repeat(9_000),
        offset: 2n ** 63n,
      }),
      aFinding({ recordKey: null, recordValue: null }),
    ]);
    const [plain, full] = await ask(
      `SELECT *, CAST(offset_no AS CHAR) AS offset_text FROM ergate_finding JOIN ergate_finding_record
        USING (pipeline, topic, topic_epoch, partition_no, offset_no) ORDER BY offset_no`,
    );
    expect(plain).toMatchObject({ record_key: null, record_value: null, table_name: null, row_key: null });
    expect(full).toMatchObject({ record_key: bytes, record_value: Buffer.alloc(0), row_key: rowKey.toWellFormed() });
    expect(full?.['offset_text']).toBe('9223372036854775808');
    expect(Buffer.byteLength(String(full?.['message']))).toBeLessThanOrEqual(4_096);
    expect(full?.['message']).toMatch(/^é+ … é+$/);
    expect(full?.['table_name']).toMatch(/^x+ … x+$/);
  });

  test('keep a record that is larger than any packet whole, in the order of its rows, also when it comes again', async () => {
    await db.query(`SET GLOBAL max_allowed_packet = ${1024 * 1024}`);
    onTestFinished(() => void db.query('SET GLOBAL max_allowed_packet = 64 * 1024 * 1024'));
    state.close(); // the size that counts is the one that a connection found
    state = openStateDatabase(serverOf({ server, schema: SCHEMA }));
    const recordValue = randomBytes(5 * 1024 * 1024 + 1);
    const recordKey = randomBytes(2 * 1024 * 1024);
    await state.findings.store([aFinding({ recordKey, recordValue }), aFinding({ offset: 43n })]);
    await state.findings.store([aFinding({ recordKey, recordValue })]);
    const rows = await ask(
      'SELECT byte_at, record_key, record_value FROM ergate_finding_record WHERE offset_no = 42 ORDER BY byte_at',
    );
    const whole = (column: string) => Buffer.concat(rows.flatMap((row) => (row[column] as Buffer | null) ?? []));
    expect(whole('record_value').equals(recordValue)).toBe(true);
    expect(whole('record_key').equals(recordKey)).toBe(true);
    expect(rows.map((row) => Number(row['byte_at']))).toEqual(rows.map((_, part) => part * 256 * 1024));
  });

  test('are counted by pipeline and code, with the newest', async () => {
    await state.findings.store([aFinding(), aFinding({ offset: 43n }), aFinding({ offset: 44n, code: 'ERG_2001' })]);
    await db.query("UPDATE ergate_finding SET found_at = '2026-01-02 03:04:05.678' WHERE offset_no = 43");
    await db.query("UPDATE ergate_finding SET found_at = '2026-01-01 00:00:00' WHERE offset_no = 42");
    const [decode, route] = await state.findings.count();
    expect(decode).toMatchObject({ pipeline: 'order-seller', code: 'ERG_1002', count: 2 });
    expect(new Date(decode?.newest ?? '').toISOString()).toBe('2026-01-02T03:04:05.678Z');
    expect(route).toMatchObject({ code: 'ERG_2001', count: 1 });
  });
});

describe('checkpoints', () => {
  beforeEach(() => state.ensureSchema());

  test('are kept per capture and given to who claims next', async () => {
    expect(await state.checkpoints.claim('order', 1)).toBeUndefined();
    await state.checkpoints.save('order', 1, PLACE);
    await state.checkpoints.save('order', 1, { ...PLACE, binlogPosition: 2 ** 40 });
    expect(await state.checkpoints.claim('order', 1)).toEqual({ ...PLACE, binlogPosition: 2 ** 40 });
    expect(await state.checkpoints.claim('order', 2)).toEqual({ ...PLACE, binlogPosition: 2 ** 40 });
    expect(await state.checkpoints.claim('other', 1)).toBeUndefined();
  });

  test('are fenced: an older place neither claims nor saves, and changes nothing', async () => {
    await state.checkpoints.claim('order', 2);
    await state.checkpoints.save('order', 2, PLACE);
    const fenced = { code: 'ERG_5003', class: 'fenced' };
    await expect(state.checkpoints.claim('order', 1)).rejects.toMatchObject(fenced);
    await expect(state.checkpoints.save('order', 1, { ...PLACE, binlogPosition: 999 })).rejects.toMatchObject(fenced);
    await expect(state.checkpoints.save('order', 3, { ...PLACE, binlogPosition: 999 })).rejects.toMatchObject(fenced);
    await expect(state.checkpoints.save('nobody', 1, PLACE)).rejects.toMatchObject(fenced);
    expect(await state.checkpoints.claim('order', 2)).toEqual(PLACE);
  });

  test('of many places that claim at once belong to the highest', async () => {
    const places = [4, 1, 3, 5, 2];
    const claims = await Promise.allSettled(places.map((place) => state.checkpoints.claim('order', place)));
    expect(claims[places.indexOf(5)]?.status).toBe('fulfilled');
    const saves = await Promise.allSettled(
      places.map((place) => state.checkpoints.save('order', place, { ...PLACE, binlogPosition: place })),
    );
    expect(saves.map(({ status }) => status)).toEqual(places.map((place) => (place === 5 ? 'fulfilled' : 'rejected')));
    expect(await state.checkpoints.claim('order', 5)).toMatchObject({ binlogPosition: 5 });
  });
});

test('leader epochs are given once each, and every one is higher than all that were given before it was asked for', async () => {
  await state.ensureSchema();
  const askers = [state, ...Array.from({ length: 3 }, () => openStateDatabase(serverOf({ server, schema: SCHEMA })))];
  const given: number[] = [];
  await Promise.all(
    askers.map(async (asker) => {
      for (let round = 0; round < 25; round += 1) {
        const highest = Math.max(0, ...given);
        const epoch = await asker.nextLeaderEpoch();
        expect(epoch).toBeGreaterThan(highest);
        given.push(epoch);
      }
    }),
  );
  expect(given.toSorted((left, right) => left - right)).toEqual(given.map((_, index) => index + 1));
  for (const asker of askers.slice(1)) {
    asker.close();
  }
});

test('while the server is away every call says that it may be tried again, and afterwards all goes on', async () => {
  await state.ensureSchema();
  await state.checkpoints.claim('order', 1);
  await server.killHard();
  const calls = [
    () => state.ensureSchema(),
    () => state.nextLeaderEpoch(),
    () => state.findings.store([aFinding()]),
    () => state.findings.count(),
    () => state.checkpoints.claim('order', 1),
    () => state.checkpoints.save('order', 1, PLACE),
    () => state.readVersion(),
    () => state.cases.takePlace({ pipeline: 'order-seller', partition: 0, epoch: 1 }),
    () => state.cases.listDue({ pipeline: 'order-seller', partition: 0, epoch: 1 }, 1),
    () => state.caseDesk.find(1n, 1),
    () => state.runs.list(['order-seller'], 1),
    () => state.unverifiedRanges.load('order-seller', 0),
    () => state.audit.verify(),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({ code: 'ERG_5001', class: 'transient' });
  }
  await server.start();
  await state.checkpoints.save('order', 1, PLACE);
  expect(await state.checkpoints.claim('order', 1)).toEqual(PLACE);
  expect(await state.nextLeaderEpoch()).toBe(1);
});

test('a server that takes the question and never answers is given up within the deadline', async () => {
  await state.ensureSchema();
  const goOn = await holdServer(server.pid);
  onTestFinished(goOn);
  const startedMs = performance.now();
  await expect(state.nextLeaderEpoch()).rejects.toMatchObject({ code: 'ERG_5001' });
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  goOn();
  expect(await state.nextLeaderEpoch()).toBeLessThanOrEqual(2); // the one that was given up may have been done
});

test('after close every call is refused as asked for', async () => {
  await state.ensureSchema();
  state.close();
  state.close();
  await expect(state.nextLeaderEpoch()).rejects.toMatchObject({ code: 'ERG_9001', class: 'expected' });
});
