/**
 * I10: of every change that a sink took it tells what became of it, and it tells of no other. By its own counts, by what the
 * records hold, and by what is at the targets; the same when all is read again and the guard passes over it.
 *
 * FC_SEED repeats a run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { buildMixedStream } from '../support/build-mixed-stream.ts';
import { countUnaccounted, recount } from '../support/count-changes.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { delivery, openRoutingRig, ScriptedLookup } from '../support/routing-rig.ts';
import { aRecord, buildSinkRig, deleted, inserted, updated } from '../support/sink-rig.ts';
import { aTarget, row } from '../support/sink-target.ts';

const SEED = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
const RECORDS = 2_000;

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-conservation-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const aSink = (target: Awaited<ReturnType<typeof aTarget>>, partition: MemoryPartition, placeEpoch: number) =>
  buildSinkRig({
    ...target.options,
    tables: { orders: { shardKey: 'seller' } },
    shardBy: 'modulo',
    settings: { lanes: 3, batch: { minRows: 1, maxRows: 50 } },
    partition,
    placeEpoch,
  });

test(`what a partition held is all applied, filtered or refused, and so when it is read again (seed ${SEED})`, async () => {
  await using target = await aTarget(server, 2);
  const stream = buildMixedStream(new SeededRandom(SEED), RECORDS);
  const partition = new MemoryPartition(97);
  partition.append(...stream.records);
  const values = partition.records.map(({ value }) => value);
  const { rows, refused } = stream;
  expect(refused).toBeGreaterThan(0);
  const first = { ...recount(values, ['orders']), refused };
  for (const placeEpoch of [1, 2]) {
    partition.committed = placeEpoch === 1 ? undefined : { offset: 0n, metadata: '' };
    await using rig = aSink(target, partition, placeEpoch);
    await rig.actor.start();
    await partition.untilCommitted(partition.end);
    const detail = rig.detail();
    expect({ unaccounted: countUnaccounted(detail), queued: detail.queuedChanges }).toEqual({
      unaccounted: 0,
      queued: 0,
    });
    expect(detail.counts).toMatchObject({ ...first, applied: first.changes - first.filtered - refused });
    expect(await readIds(target)).toEqual(rows);
    expect((await target.findings()).length).toBe(stream.findings);
  }
});

test('a row that was to move in the record that made it is refused with all that waited for it', async () => {
  await using target = await aTarget(server, 2);
  const partition = new MemoryPartition();
  const there = row(2, 'a');
  const away = { ...row(2, 'far too long a name'), seller: 3 };
  partition.append(aRecord('1', 10, inserted(there), updated(there, away), inserted(row(4, 'b'))));
  await using rig = aSink(target, partition, 1);
  await rig.actor.start();
  await partition.untilCommitted(1n);
  expect(await readIds(target)).toEqual([['4'], []]);
  expect(rig.detail().counts).toMatchObject({ changes: 3, applied: 1, filtered: 0, refused: 2, findings: 1 });
});

test('a changed primary key that finds no shard is refused once, although its old row is deleted', async () => {
  const lookup = new ScriptedLookup();
  lookup.answers.set('7', ['501']);
  await using rig = await openRoutingRig(server, lookup);
  rig.partition.append(aRecord('1', 10, inserted(delivery(1, 7, 'a'), 'delivery')));
  await rig.actor.start();
  await rig.partition.untilCommitted(1n);
  rig.partition.append(
    aRecord('1', 20, updated(delivery(1, 7, 'a'), delivery(3, 9, 'a'), 'delivery')),
    aRecord('1', 30, deleted(delivery(3, 9, 'a'), 'delivery')),
  );
  await rig.partition.untilCommitted(3n);
  expect([await rig.rows(0), await rig.rows(1), await rig.codes()]).toEqual([[], [], ['ERG_2001']]);
  expect(countUnaccounted(rig.detail())).toBe(0);
  expect(rig.detail().counts).toMatchObject({ changes: 3, applied: 2, filtered: 0, refused: 1 });
});

async function readIds({ read }: Awaited<ReturnType<typeof aTarget>>): Promise<readonly (readonly string[])[]> {
  const both = [await read(0), await read(1)];
  return both.map((rows) => rows.map((text) => text.split(' ')[0] ?? ''));
}
