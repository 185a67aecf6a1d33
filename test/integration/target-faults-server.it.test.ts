/**
 * Faults F50, F51, F58–F60, F69 and F70 of a target: what happens to its server as a whole, one after the other. Nothing is
 * lost, nothing regresses, bounds are held. ERGATE_DRILLS=all runs the long forms.
 */
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { FaultRun, STEADY, VICTIM } from '../support/fault/fault-run.ts';
import { type FaultServers, startFaultServers } from '../support/fault/fault-servers.ts';
import { compareRows, expectUnharmed, judgeFault } from '../support/fault/judge-fault.ts';
import { anAccount, countLogIns, MAX_LOG_INS } from '../support/fault/log-in.ts';
import { openSmallDisk } from '../support/fault/small-disk.ts';
import { holdServer } from '../support/hold-server.ts';

const IS_LONG = process.env['ERGATE_DRILLS'] === 'all';
const F50_MS = IS_LONG ? 10_000 : 0;

let servers: FaultServers;

beforeAll(async () => {
  servers = await startFaultServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

test('F50 a server that stands still is given up on by deadlines, and caught up with when it moves', async () => {
  await using run = await FaultRun.start({ servers, name: 'f50' });
  const release = await holdServer(servers.victim.pid);
  try {
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3003');
    await run.untilFelt('ERG_3001');
    await pause(F50_MS);
  } finally {
    release();
  }
  expect(await run.untilReached(VICTIM)).toBeLessThan(10_000);
  expectUnharmed(await judgeFault(run));
});

test('F51 a server that is killed under load and comes back has all that it acknowledged, and gets the rest', async () => {
  await using run = await FaultRun.start({ servers, name: 'f51' });
  await servers.victim.killHard();
  expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
  await run.untilFelt('ERG_3001');
  await servers.victim.start();
  expect(await run.untilReached(VICTIM)).toBeLessThan(10_000);
  expectUnharmed(await judgeFault(run));
});

test('F58 a server that became read-only is waited for, and asked again in new sessions', async () => {
  await using run = await FaultRun.start({ servers, name: 'f58', ...anAccount('f58') });
  await run.victim.query('SET GLOBAL read_only = 1');
  const sessions = run.proxy.accepted;
  expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
  await run.untilFelt('ERG_3007');
  await run.until('a new session is tried', () => run.proxy.accepted > sessions);
  await run.victim.query('SET GLOBAL read_only = 0');
  await run.untilReached(VICTIM);
  expectUnharmed(await judgeFault(run));
});

testOnRequest(
  'F59 a server whose disk is full is waited for, and goes on when there is room',
  'takes two minutes',
  async () => {
    await using disk = await openSmallDisk(300);
    await using crowded = await startFaultServers(disk.folder);
    await using run = await FaultRun.start({ servers: crowded, name: 'f59' });
    await disk.fill();
    await run.until('nothing is written any more', () => run.told().length > 0, 60_000);
    await pause(5_000); // how long it lasts is the fault
    await disk.free();
    await run.untilReached(VICTIM, 90_000); // the server looks for room once a minute
    await run.untilReached(STEADY);
    await run.settle();
    // Not by the log of the server: it keeps the half of an event that found no room.
    expect([...(await compareRows(run, VICTIM)), ...(await compareRows(run, STEADY))]).toEqual([]);
    expect(run.rig.detail().counts.findings).toBe(0);
    expect(run.heldTooMuch).toBe(false);
  },
);

test('F60 a server without room for a session is asked with back-off, and no storm follows', async () => {
  await using run = await FaultRun.start({ servers, name: 'f60', ...anAccount('f60') });
  const refused = run.proxy.add({ kind: 'refuse' });
  run.proxy.reset();
  await run.victim.query('SET GLOBAL max_connections = 10');
  const rivals: mysql.Connection[] = [];
  await run.until('the server is full', async () => {
    const rival = await run.openRival('f60').catch((error) => error);
    if (rival instanceof Error) {
      return (rival as { errno?: number }).errno === 1040;
    }
    rivals.push(rival);
    return false;
  });
  refused.remove();
  await run.untilFelt('ERG_3008');
  expect(await countLogIns(run)).toBeLessThan(MAX_LOG_INS);
  await Promise.all(rivals.map((rival) => rival.end()));
  await run.victim.query('SET GLOBAL max_connections = 300');
  await run.untilReached(STEADY);
  await run.untilReached(VICTIM);
  expectUnharmed(await judgeFault(run));
});

test('F69 a replica that lacks the last changes is made whole by a rewind, and by nothing else', async () => {
  const { victim } = servers;
  await using run = await FaultRun.start({ servers, name: 'f69' });
  const data = join(victim.folder, 'data');
  run.stopLoad();
  await run.untilSettled();
  await run.stopSink();
  const kept = BigInt(run.covered);
  await victim.stop();
  await cp(data, `${data}-older`, { recursive: true });
  await victim.start();
  await run.replaceSink();
  run.startLoad();
  await run.until('more is written', () => run.covered > Number(kept) + 100);
  await run.settle();
  expect(await compareRows(run, VICTIM)).toEqual([]);

  await victim.stop();
  await rename(data, `${data}-newer`);
  await rename(`${data}-older`, data);
  await victim.start();
  await run.replaceSink();
  await run.untilReached(VICTIM);
  await run.settle();
  expect(await compareRows(run, VICTIM)).not.toEqual([]);

  run.partition.rewind(kept - 20n);
  await run.replaceSink();
  await run.settle();
  expect(await compareRows(run, VICTIM)).toEqual([]);
  expect(await compareRows(run, STEADY)).toEqual([]);
});

test('F70 a session is the same whatever the defaults of the server became', async () => {
  await using run = await FaultRun.start({ servers, name: 'f70' });
  await run.victim.query(`SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES', GLOBAL time_zone = '+09:00',
    GLOBAL character_set_client = latin1, GLOBAL character_set_connection = latin1, GLOBAL character_set_results = latin1,
    GLOBAL autocommit = 0, GLOBAL tx_isolation = 'SERIALIZABLE', GLOBAL tx_read_only = 1,
    GLOBAL innodb_lock_wait_timeout = 1000, GLOBAL sql_safe_updates = 1`);
  run.proxy.reset();
  run.partition.append(run.load.put(8_000, { note: '값 𝄞 \\ \' " é' }));
  await run.untilReached(VICTIM);
  await run.victim.query(`SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = DEFAULT, GLOBAL character_set_client = utf8mb4,
    GLOBAL character_set_connection = utf8mb4, GLOBAL character_set_results = utf8mb4, GLOBAL autocommit = 1,
    GLOBAL tx_isolation = DEFAULT, GLOBAL tx_read_only = 0, GLOBAL innodb_lock_wait_timeout = DEFAULT, GLOBAL sql_safe_updates = 0`);
  expectUnharmed(await judgeFault(run));
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
