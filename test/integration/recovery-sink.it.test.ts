/** Recovery in front of a real sink and a real MariaDB, whose foreign keys want rows in an order that nobody keeps. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecoveryActor } from '../../actors/recovery/recovery-actor.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import { facts } from '../support/build-case.ts';
import { fastClock } from '../support/fast-clock.ts';
import { MemoryCaseStore } from '../support/memory-case-store.ts';
import { nameOf, openRepairRig } from '../support/repair-rig.ts';
import { inserted } from '../support/sink-rig.ts';

const RULES = { ...facts().settings, checkAfter: 2_000 };

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-recovery-sink-'));
  server = await startMariadb({ folder, name: 'both', source: true });
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 15_000;
  while (!isTrue()) {
    expect(Date.now(), what).toBeLessThan(deadlineMs);
    await sleep(20);
  }
}

test('a child that is repaired before its parent, and a parent that is deleted before its child, wait for the other', async () => {
  await using rig = await openRepairRig(server, {
    columns: 'id BIGINT PRIMARY KEY, v VARCHAR(20), parent BIGINT NULL',
  });
  for (const [id, parent] of [
    [1, null],
    [2, 1],
  ] as const) {
    await rig.commit(`INSERT INTO orders VALUES (${id}, 'a', ${parent})`, inserted({ id, v: 'a', parent }));
  }
  await rig.actor.start();
  await rig.partition.untilCommitted(rig.publish());
  await rig.damage(`DELETE FROM orders; ALTER TABLE orders ADD FOREIGN KEY (parent) REFERENCES orders (id);
    INSERT INTO orders (id, v, parent) VALUES (8, 'rogue', NULL), (9, 'rogue', 8)`);

  const clock = fastClock(20);
  const cases = new MemoryCaseStore(() => clock.wallMs());
  const recovery = createRecoveryActor({
    pipeline: 'order-seller',
    partition: 0,
    placeEpoch: 1,
    environment: 'test',
    topicEpoch: 0,
    apply: true,
    rules: RULES,
    bus: rig.network.open('recovery', silentLogger),
    cases,
    witness: rig.looking,
    records: { nameRows: async () => [] },
    clock,
    logger: silentLogger,
    random: () => 0.5,
  });
  await recovery.start();
  await using verifier = Object.assign(rig.network.open('verifier', silentLogger), {
    [Symbol.asyncDispose]: () => recovery.stop(),
  });
  const subject = buildSubjects('test').actorCommand('recovery.order-seller.0', 'report');
  const report = (id: number, kind: Mismatch['kind']) =>
    verifier.request(
      subject,
      {
        type: 'report',
        id: `r${id}`,
        epoch: 0,
        body: {
          mismatches: [
            {
              row: nameOf(id, rig.shard),
              kind,
              columns: [],
              sourceDigest: kind === 'extra' ? null : 's',
              targetDigest: kind === 'extra' ? 't' : null,
              evidence: { topicEpoch: 0, partition: 0, offset: '1', commitTimeMs: 1 },
              foundBy: 'verifier',
            },
          ],
          cleared: [],
        },
      },
      5_000,
    );
  const blocked = () =>
    cases.steps.filter(({ event, note }) => event !== 'detected' && note.includes('ERG_3206')).length;
  expect(await report(2, 'missing')).toMatchObject({ code: 'OK' });
  expect(await report(8, 'extra')).toMatchObject({ code: 'OK' });
  await until('both were refused', () => blocked() >= 2);
  await report(1, 'missing');
  await report(9, 'extra');
  const isRepaired = () => [...cases.open.values()].every(({ state }) => state === 'repaired');
  await until('all are right', isRepaired);
  expect(await rig.readTarget('id, v, parent')).toEqual(['1 a', '2 a 1']);
});
