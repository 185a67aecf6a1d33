/** Records that are read again because their rows were damaged on purpose; the verifier in memory, in virtual time. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { readRereadAnswer } from '../../../../protocol/message/canary-codec.ts';
import type { RereadAnswer, RereadRequest } from '../../../../protocol/message/canary-message.ts';
import type { RowName } from '../../../../protocol/verify/row-name.ts';
import { until } from '../../../support/run-sweep.ts';
import { inserted, updated } from '../../../support/sink-rig.ts';
import type { VerifierRig, VerifierRigOptions } from '../../../support/verifier-rig.ts';
import { openScene, order, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';

const DELAY_MS = 120_000;
const SUBJECT = 'ergate.test.actor.verifier.p.0.canary';
const nameOf = (id: number): RowName => ({
  table: 'orders',
  shard: 's1',
  rowKey: `6:orders/1n${id}`,
  targetKey: [['id', String(id)]],
  sourceKey: [['id', String(id)]],
});
const canary = { table: 'orders', where: { id: ['2', '3'] } };

/** With two orders on the second shard that are verified, of one record. */
async function openVerified(more: Partial<VerifierRigOptions> = {}): Promise<VerifierRig> {
  const rig = await openScene({ ...more, verification: { canary, ...more.verification } });
  rig.commit(inserted(order(1, 'a')));
  rig.commit(inserted(order(2, 'b', 1)), inserted(order(3, 'c', 1)));
  rig.publish();
  await untilApplied(rig);
  await rig.startVerifier();
  await untilVerified(rig);
  return rig;
}

function damage(rig: VerifierRig, id = '2'): void {
  const row = rig.shards[1]?.rows.get(id);
  rig.shards[1]?.rows.set(id, { cells: { id, seller: '1', v: 'x' }, seq: row?.seq ?? 0n });
}

let asked = 0;
async function ask(rig: VerifierRig, more: Partial<RereadRequest> = {}): Promise<RereadAnswer> {
  asked += 1;
  const body = { row: nameOf(2), version: '1', plantedMs: 1, ...more };
  const bus = rig.network.open('sweeper', silentLogger);
  return readRereadAnswer(
    (await bus.request(SUBJECT, { type: 'canary', id: `c${asked}`, epoch: 0, body }, 5_000)).body,
  );
}

/** @returns all that it said, each once */
async function askUntil(rig: VerifierRig, state: RereadAnswer['state'], more: Partial<RereadRequest> = {}) {
  const told: string[] = [];
  const isSo = async () => {
    const answer = await ask(rig, more);
    told.push(...(told.at(-1) === answer.state ? [] : [answer.state]));
    return answer.state === state;
  };
  await until(isSo);
  return told;
}

describe('the record of a row that was damaged', () => {
  test('goes the way of a change once more, is reported, and counts nowhere', async () => {
    await using rig = await openVerified();
    const { counts } = rig.detail;
    damage(rig);
    damage(rig, '3'); // of the same record, and nobody asks for it
    const startedMs = rig.clock.monotonicMs();
    expect(await askUntil(rig, 'reported')).toEqual(['waiting', 'reading', 'reported']);
    expect(rig.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(DELAY_MS);
    expect(rig.reports.map(({ row, foundBy, kind, columns }) => [row, foundBy, kind, columns])).toEqual([
      [nameOf(2), 'verifier', 'different', ['v']],
    ]);
    const { targetReads, sourceReads, ...settled } = rig.detail.counts;
    expect(counts).toMatchObject(settled);
    expect([targetReads, sourceReads]).toEqual([counts.targetReads + 1, counts.sourceReads + 2]);
    expect(rig.detail).toMatchObject({ suspects: 0, unverified: [], verifiedOffset: '2' });
    expect(await ask(rig)).toMatchObject({ state: 'reported' });
    expect(await ask(rig, { plantedMs: 2 })).toMatchObject({ state: 'waiting' });
  });

  test('waits for all that was published before the damage: a verifier that is behind does not find it', async () => {
    await using rig = await openVerified();
    rig.sinkSeenTo = 2;
    rig.commit(updated(order(1, 'a'), order(1, 'A')));
    rig.publish();
    await untilApplied(rig);
    damage(rig);
    const startedMs = rig.clock.monotonicMs();
    const isLong = async () => {
      const { state, message } = await ask(rig);
      expect([state, message]).toEqual(['waiting', expect.stringContaining('it waits for offset 3 to be verified')]);
      return rig.clock.monotonicMs() - startedMs > 3 * DELAY_MS;
    };
    await until(isLong);
    rig.sinkSeenTo = 3;
    await askUntil(rig, 'reported');
  });

  test('is equal when the row is right, and superseded when the row has another version', async () => {
    await using rig = await openVerified();
    await askUntil(rig, 'equal');
    rig.commit(updated(order(2, 'b', 1), order(2, 'B', 1)));
    rig.publish();
    await untilApplied(rig);
    await askUntil(rig, 'superseded', { plantedMs: 2 });
    expect(rig.reports).toEqual([]);
  });

  test.each([
    ['is of another row', '0', 'not of the row'],
    ['is of another topic epoch', String(2n ** 48n + 1n), 'not of a record of this topic'],
    ['was never published', '2', 'not of a record of this topic'],
  ])('is foreign when it %s', async (_, version, told) => {
    await using rig = await openVerified();
    damage(rig);
    await askUntil(rig, 'foreign', { version });
    expect((await ask(rig, { version })).message).toContain(told);
    expect(rig.reports).toEqual([]);
  });

  test.each(['range', 'dead-letter'])(
    'is unread while its shard cannot be read, without any range or report: %s',
    async (whenOpen) => {
      let isOpen = false;
      const refusal = new ReplicationError('ERG_3011', 'the breaker of s1 is open');
      await using rig = await openVerified({
        verification: { whenOpen },
        gateOf: () => ({ refusal: isOpen ? refusal : undefined }),
      });
      damage(rig);
      isOpen = true;
      expect(await ask(rig)).toMatchObject({ state: 'unread', message: refusal.message });
      isOpen = false;
      const [, reader] = rig.readers;
      const read = reader?.onRead ?? (async () => {});
      const away = async () => {
        throw new ReplicationError('ERG_3001', 'away');
      };
      if (reader !== undefined) {
        reader.onRead = away;
        await askUntil(rig, 'unread');
        expect((await ask(rig)).message).toContain('ERG_3001');
        expect([rig.store.ranges.size, rig.reports]).toEqual([0, []]);
        reader.onRead = read;
      }
      expect(await askUntil(rig, 'reported')).not.toContain('foreign');
    },
  );

  test('is put off while an unverified range is read again, and told so: who makes up for an outage is not blind', async () => {
    let isOpen = false;
    const refusal = new ReplicationError('ERG_3011', 'the breaker of s0 is open');
    await using rig = await openVerified({
      gateOf: (shard) => ({ refusal: shard === 's0' && isOpen ? refusal : undefined }),
    });
    isOpen = true;
    rig.commit(updated(order(1, 'a'), order(1, 'A')));
    rig.publish();
    await untilApplied(rig);
    await until(() => rig.store.ranges.size === 1);
    rig.shards[0]?.rows.delete('1');
    rig.commit(inserted(order(9, 'z'))); // what is on its way keeps the range from its end
    isOpen = false;
    await until(() => rig.detail.suspects === 1);
    damage(rig);
    await askUntil(rig, 'unread');
    expect((await ask(rig)).message).toContain('an unverified range is read again first');
    rig.publish();
    await askUntil(rig, 'reported');
    expect(rig.reports.map(({ row }) => row.rowKey)).toEqual(['6:orders/1n1', '6:orders/1n2']);
  });

  test('is forgotten with the verifier, which is asked anew', async () => {
    await using rig = await openVerified();
    damage(rig);
    await askUntil(rig, 'reading');
    await rig.stopVerifier();
    await expect(ask(rig)).rejects.toThrow(/ERG_6101/);
    await rig.startVerifier();
    expect(await askUntil(rig, 'reported')).toContain('waiting');
  });
});

test('a verifier reads again what its settings reserve, and nothing else', async () => {
  await using rig = await openVerified();
  const bus = rig.network.open('sweeper', silentLogger);
  const body = { row: nameOf(1), version: '0', plantedMs: 1 };
  expect(await bus.request(SUBJECT, { type: 'canary', id: 'x', epoch: 0, body }, 5_000)).toMatchObject({
    code: 'POISON',
  });
  await using other = await openScene();
  await other.startVerifier();
  await expect(ask(other)).rejects.toThrow(/ERG_6101/);
});
