/** The verifier of a pipeline that ergate does not apply: another tool writes the target; time is virtual. */
import { describe, expect, test } from 'vitest';
import { buildLuck } from '../../../support/build-luck.ts';
import { until } from '../../../support/kafka-rig.ts';
import { deleted, inserted, updated } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import { VerifierRig, type VerifierRigOptions } from '../../../support/verifier-rig.ts';
import { order, SCENE_DEADLINE_MS, untilVerified } from '../../../support/verifier-scene.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const DELAY_MS = 10 * 60_000;

function openBeside(more: Partial<VerifierRigOptions> & { startFrom?: 'latest' } = {}): VerifierRig {
  const { startFrom = 'earliest', ...options } = more;
  return new VerifierRig({
    random: buildLuck(1),
    clock: new VirtualClock(),
    verification: { delay: `${DELAY_MS}ms` },
    settings: { apply: false, source: { database: 'order', topic: 'cdc.order', startFrom } },
    ...options,
  });
}

/** As the other tool writes it. @param seq in the column for the version: whatever somebody has left there */
function write(rig: VerifierRig, { id, seller, v }: ReturnType<typeof order>, seq = 0n): void {
  rig.shards[seller]?.rows.set(String(id), { cells: { id: String(id), seller: String(seller), v }, seq });
}

describe('rows that another tool writes', () => {
  test.each([
    ['nothing newer', 0n],
    ['a newer version', 1n],
    ['a version of nowhere', 999_999_999n],
  ])('are right by what they hold, also where the version column says %s', async (_, seq) => {
    await using rig = openBeside();
    await rig.startVerifier();
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.commit(updated(order(1, 'a'), order(1, 'A')));
    rig.commit(deleted(order(2, 'b', 1)));
    rig.publish();
    write(rig, order(1, 'A'), seq);
    await untilVerified(rig);
    expect(rig.reports).toEqual([]);
    expect(rig.detail).toMatchObject({
      verifiedOffset: '3',
      sinkOffset: '',
      counts: { due: 4, equal: 2, superseded: 2, mismatches: 0, unchecked: 0, sourceReads: 0 },
    });
  });

  test.each([
    ['our own capture', true],
    ['another one', false],
  ])(
    'are looked at when they are old enough, and again after the delay when they are wrong: with %s',
    async (_, isOurCapture) => {
      await using rig = openBeside({ isOurCapture });
      const minutes = new Set<number>();
      const [reader] = rig.readers;
      reader!.onRead = async () => {
        minutes.add(Math.floor(rig.clock.monotonicMs() / 60_000));
      };
      await rig.startVerifier();
      rig.commit(inserted(order(1, 'a')));
      rig.publish();
      await untilVerified(rig);
      expect(rig.reported).toEqual(new Set([anId(0, '1')]));
      minutes.delete(0); // when it read its tables
      expect([...minutes]).toEqual([10, 20]);
    },
  );

  test('are reported by what is wrong with them', async () => {
    await using rig = openBeside();
    await rig.startVerifier();
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b')), inserted(order(3, 'c')), inserted(order(4, 'd')));
    rig.commit(deleted(order(3, 'c')));
    rig.publish();
    write(rig, order(1, 'x'), 1n); // a version that one of the changes has
    write(rig, order(3, 'c'));
    write(rig, order(4, 'd'));
    await untilVerified(rig);
    expect(rig.reports.map(({ row, kind }) => [row.rowKey, kind]).sort()).toEqual([
      ['6:orders/1n1', 'different'],
      ['6:orders/1n2', 'missing'],
      ['6:orders/1n3', 'extra'],
    ]);
    const { due, equal, superseded, mismatches } = rig.detail.counts;
    expect([due, equal + superseded, mismatches]).toEqual([5, 2, 3]);
  });

  test('are not accused when they come later than the delay, and the verifier does not call that waiting', async () => {
    await using rig = openBeside();
    await rig.startVerifier();
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    const seen: unknown[] = [];
    rig.clock.after(1.5 * DELAY_MS, () => {
      seen.push(rig.status?.state, rig.detail.suspects);
      write(rig, order(1, 'a'));
    });
    await untilVerified(rig);
    expect(seen).toEqual(['running', 1]);
    expect(rig.reports).toEqual([]);
    expect(rig.detail.counts).toMatchObject({ due: 1, equal: 1 });
  });

  test('that were written before a verifier of the latest began are told to be unverified', async () => {
    await using rig = openBeside({ startFrom: 'latest' });
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await rig.startVerifier();
    expect(rig.detail.verifiedOffset).toBe('1');
    expect(rig.detail.unverified).toMatchObject([
      { fromOffset: '0', toOffset: '0', reason: expect.stringContaining('ERG_4002'), isReadable: false },
    ]);
    rig.commit(inserted(order(2, 'b')));
    rig.publish();
    await until('it is reported', () => rig.reported.size === 1, SCENE_DEADLINE_MS);
    expect(rig.reported).toEqual(new Set([anId(0, '2')]));
  });
});

test('a shard that cannot be read becomes an unverified range, and is verified when it can', async () => {
  await using rig = openBeside({ random: () => 0 });
  await rig.startVerifier();
  rig.commit(inserted(order(1, 'a')));
  write(rig, order(1, 'a'));
  rig.failing.add('target');
  rig.publish();
  await until('the range is stored', () => rig.store.ranges.size === 1, SCENE_DEADLINE_MS);
  expect(rig.detail).toMatchObject({ verifiedOffset: '1', unverified: [{ shard: 's0', table: 'orders' }] });
  rig.failing.delete('target');
  await untilVerified(rig);
  expect(rig.reports).toEqual([]);
});
