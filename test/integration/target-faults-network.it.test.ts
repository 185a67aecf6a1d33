/**
 * Faults F52–F54, F61, F68, F71 and F81–F85 of the way to a target: nothing lost, nothing regressed, bounds held, no session left.
 * ERGATE_DRILLS=all runs the long form of F71.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRun, STEADY, VICTIM } from '../support/fault/fault-run.ts';
import { type FaultServers, startFaultServers } from '../support/fault/fault-servers.ts';
import { expectUnharmed, judgeFault } from '../support/fault/judge-fault.ts';
import { anAccount, countLogIns, MAX_LOG_INS } from '../support/fault/log-in.ts';

const IS_LONG = process.env['ERGATE_DRILLS'] === 'all';
const F71_MS = IS_LONG ? 60_000 : 1_000;
/** More than the intake takes. */
const F71_RECORDS = IS_LONG ? 20_000 : 2_000;
const MAX_GROWTH_BYTES = 100 * 1024 * 1024;

let servers: FaultServers;

beforeAll(async () => {
  servers = await startFaultServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

describe.concurrent('the way to the target', () => {
  test('F52 sessions and statements are killed, idle and busy: others take over', async () => {
    await using run = await FaultRun.start({ servers, name: 'f52' });
    let kills = 0;
    await run.until('ten were killed', async () => {
      for (const id of await listSessions(run)) {
        kills += 1;
        await run.victim.query(`${kills % 2 === 0 ? 'KILL' : 'KILL QUERY'} ${id}`).catch(() => {}); // it ended by itself
      }
      return kills >= 10;
    });
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F53 the reply of a commit is lost, whether or not the commit was', async () => {
    await using run = await FaultRun.start({ servers, name: 'f53' });
    const lost = run.proxy.add({ kind: 'dropReplyAfter', match: /COMMIT$/, keepServer: true }, { times: 3 });
    await lost.untilHit(3);
    const dropped = run.proxy.add({ kind: 'dropRequest', match: /COMMIT$/ }, { times: 3 });
    await dropped.untilHit(3);
    await run.untilReached(STEADY, 2_000);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F54 a request that arrives after newer changes of the same rows takes no effect', async () => {
    await using run = await FaultRun.start({ servers, name: 'f54', batchDeadlineMs: 300 });
    const held = run.proxy.add({ kind: 'holdRequest', match: /COMMIT$/ }, { times: 2 });
    await held.untilHit(2);
    await run.untilReached(VICTIM);
    held.remove();
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F54 the same, when another owner has taken over meanwhile', async () => {
    await using run = await FaultRun.start({ servers, name: 'f54b' });
    const held = run.proxy.add({ kind: 'holdRequest', match: /COMMIT$/ }, { times: 1 });
    await held.untilHit();
    await run.replaceSink();
    await run.untilReached(VICTIM);
    held.remove();
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F61 a target two hundred times slower is kept up with, and nothing is told to fail', async () => {
    await using run = await FaultRun.start({ servers, name: 'f61' });
    const slow = run.proxy.add({ kind: 'latency', on: 'to-client', ms: 200, jitterMs: 100 });
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    expect(await run.untilReached(VICTIM)).toBeLessThan(5_000);
    slow.remove();
    expect(run.told()).toEqual([]);
    expectUnharmed(await judgeFault(run));
  });

  test('F68 a changed password and a locked account are waited for, one try per back-off', async () => {
    await using run = await FaultRun.start({ servers, name: 'f68', ...anAccount('f68') });
    await run.victim.query("ALTER USER f68 IDENTIFIED BY 'rotated'");
    run.proxy.reset();
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    await run.untilFelt('ERG_3502');
    expect(await countLogIns(run)).toBeLessThan(MAX_LOG_INS);
    await run.victim.query("ALTER USER f68 IDENTIFIED BY 'secret' ACCOUNT LOCK");
    await run.until('the lock is told', () => run.tell().includes('error 4151'));
    await run.victim.query('ALTER USER f68 ACCOUNT UNLOCK');
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test(`F71 a target slower than its source for ${F71_MS / 1_000} s holds the intake back, not the memory up`, async () => {
    await using run = await FaultRun.start({ servers, name: 'f71', batchDeadlineMs: 10_000 });
    run.stopLoad(); // what it would make meanwhile stays in memory, and is not the sink's
    run.proxy.add({ kind: 'slicer', on: 'to-server', bytes: 1_024 });
    const slow = run.proxy.add({ kind: 'bandwidth', on: 'to-server', bytesPerSecond: 10_000 });
    run.partition.append(...Array.from({ length: F71_RECORDS }, () => run.load.next()));
    await run.until('the intake is full', () => run.rig.detail().queuedBytes > 200_000);
    const before = process.memoryUsage.rss();
    await new Promise((resolve) => setTimeout(resolve, F71_MS)); // how long it lasts is the fault
    expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH_BYTES);
    run.startLoad();
    slow.remove();
    await run.untilReached(STEADY);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F81 one byte at a time is read as if it came at once', async () => {
    await using run = await FaultRun.start({ servers, name: 'f81' });
    run.proxy.add({ kind: 'slicer', on: 'to-client', bytes: 1 });
    run.proxy.add({ kind: 'slicer', on: 'to-server', bytes: 1 });
    run.proxy.reset();
    await run.untilReached(VICTIM);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F83 links that break in the middle of a packet leave no half of a batch', async () => {
    await using run = await FaultRun.start({ servers, name: 'f83' });
    for (let round = 0; round < 15; round += 1) {
      using cut = run.proxy.add(
        {
          kind: 'limit',
          on: round % 3 === 0 ? 'to-client' : 'to-server',
          bytes: 1 + ((run.seed + round * 37) % 3_000),
        },
        { links: 'open' },
      );
      const links = run.proxy.accepted;
      await run.until('a link broke', () => run.proxy.accepted > links);
      cut.remove();
    }
    await run.untilReached(STEADY, 2_000);
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });

  test('F84 links that are open and dead are found by deadlines', async () => {
    await using run = await FaultRun.start({ servers, name: 'f84' });
    run.proxy.add({ kind: 'blackhole', on: 'to-server' }, { links: 'open' });
    run.proxy.add({ kind: 'blackhole', on: 'to-client' }, { links: 'open' });
    expect(await run.untilReached(VICTIM)).toBeLessThan(5_000);
    run.proxy.heal(); // the server hears of the links that were given up
    expectUnharmed(await judgeFault(run));
  });

  test('F85 requests pass and replies do not: what was written is written once', async () => {
    await using run = await FaultRun.start({ servers, name: 'f85' });
    const cut = run.proxy.add({ kind: 'blackhole', on: 'to-client' });
    await run.untilFelt('ERG_3003');
    expect(await run.untilReached(STEADY)).toBeLessThan(2_000);
    cut.remove();
    await run.untilReached(VICTIM);
    expectUnharmed(await judgeFault(run));
  });
});

async function listSessions(run: FaultRun): Promise<readonly string[]> {
  const [rows] = await run.victim.query(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${run.schemas[VICTIM]}'`,
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}
