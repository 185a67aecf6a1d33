/** The source does not answer: rows that are right are verified as ever, the rest is counted, told, and verified afterwards. */
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { type LogFields, type Logger, silentLogger } from '../../../../protocol/log/logger.ts';
import { until } from '../../../support/kafka-rig.ts';
import { ScriptedLookup } from '../../../support/routing-rig.ts';
import { inserted } from '../../../support/sink-rig.ts';
import { anId } from '../../../support/verifier-places.ts';
import type { VerifierRig } from '../../../support/verifier-rig.ts';
import { openScene, order, SCENE_DEADLINE_MS, untilApplied, untilVerified } from '../../../support/verifier-scene.ts';

const AWAY = new ReplicationError('ERG_2101', 'the source is away');
const MINUTE_MS = 60_000;

/** Of "verifier.source.silent". */
class Told {
  readonly events: (LogFields | undefined)[] = [];
  readonly logger: Logger = {
    ...silentLogger,
    event: (name, fields) => {
      if (name === 'verifier.source.silent') {
        this.events.push(fields);
      }
    },
  };

  get rows(): number {
    return this.events.reduce((sum, fields) => sum + Number(fields?.['rows']), 0);
  }
}

async function untilLater(rig: VerifierRig, ms: number): Promise<void> {
  const sinceMs = rig.clock.monotonicMs();
  await until('time has passed', () => rig.clock.monotonicMs() > sinceMs + ms, SCENE_DEADLINE_MS);
}

describe('rows that differ while the source is away', () => {
  test('are counted each time, told once a minute, and verified when it is back', async () => {
    await using rig = await openScene();
    for (let id = 1; id <= 20; id += 1) {
      rig.commit(inserted(order(id, 'a')));
    }
    rig.publish();
    await untilApplied(rig);
    rig.shards[0]?.rows.delete('3');
    rig.shards[0]?.rows.delete('9');
    const { onRead } = rig.source;
    rig.source.onRead = () => Promise.reject(AWAY);
    const told = new Told();
    await rig.startVerifier({ logger: told.logger });
    await rig.partition.untilCommitted(20n);
    expect(told.events[0]).toEqual({ reason: AWAY.message, rows: 2 });
    const sinceMs = rig.clock.monotonicMs();
    await untilLater(rig, 10 * MINUTE_MS);
    const asked = rig.detail.unanswered ?? 0;
    expect(asked).toBeGreaterThan(4); // a range is read again again and again
    expect(told.events.length).toBeGreaterThan(1);
    expect(told.events.length).toBeLessThanOrEqual(1 + (rig.clock.monotonicMs() - sinceMs) / MINUTE_MS);
    expect(told.rows).toBeLessThanOrEqual(asked);
    expect(rig.detail.counts).toMatchObject({ due: 20, equal: 18, mismatches: 0, unchecked: 2 });
    expect(rig.detail.unverified[0]?.reason).toBe(AWAY.message);
    rig.source.onRead = onRead;
    await untilVerified(rig);
    expect(rig.reported).toEqual(new Set([anId(0, '3'), anId(0, '9')]));
    expect(rig.detail.counts).toMatchObject({ due: 20, equal: 18, mismatches: 2, unchecked: 0 });
  });

  test('and suspects that cannot be proved because of it are counted too', async () => {
    await using rig = await openScene();
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    rig.shards[0]?.rows.delete('1');
    let isAway = true;
    const told = new Told();
    const marks = {
      take: async () => {
        if (isAway) {
          throw AWAY;
        }
        return undefined;
      },
    };
    await rig.startVerifier({ logger: told.logger, marks });
    await until('it was asked', () => (rig.detail.unanswered ?? 0) > 3, SCENE_DEADLINE_MS);
    expect(rig.detail).toMatchObject({ suspects: 1, counts: { due: 1, mismatches: 0 } });
    expect(told.events[0]).toEqual({ reason: AWAY.message, rows: 1 });
    isAway = false;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 1, mismatches: 1 });
  });

  test('are not counted when it is the target that does not answer', async () => {
    const refusal = new ReplicationError('ERG_3011', 'the breaker is open');
    let isOpen = false;
    await using rig = await openScene({ gateOf: () => ({ refusal: isOpen ? refusal : undefined }) });
    rig.commit(inserted(order(1, 'a')));
    rig.publish();
    await untilApplied(rig);
    await rig.startVerifier();
    isOpen = true;
    await rig.partition.untilCommitted(1n);
    expect(rig.detail).toMatchObject({ unanswered: 0, counts: { unchecked: 1 } });
  });
});

describe('changes whose look-up gets no answer', () => {
  test('wait, are counted and told, and verified when it answers', async () => {
    const lookup = new ScriptedLookup();
    lookup.answers.set('1', ['0']).set('2', ['1']);
    await using rig = await openScene({
      settings: { tables: { orders: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'id' } } } },
      openLookup: () => lookup,
    });
    rig.commit(inserted(order(1, 'a')), inserted(order(2, 'b', 1)));
    rig.publish();
    await untilApplied(rig);
    lookup.failing = true;
    const told = new Told();
    await rig.startVerifier({ logger: told.logger });
    await untilLater(rig, 3 * MINUTE_MS);
    expect(rig.status).toMatchObject({ state: 'waiting', reason: AWAY.message });
    expect(rig.detail.unanswered).toBeGreaterThan(2);
    expect(told.events.length).toBeGreaterThanOrEqual(2);
    expect(told.events.length).toBeLessThanOrEqual(5);
    expect(rig.detail).toMatchObject({ verifiedOffset: '0', counts: { due: 0 } });
    lookup.failing = false;
    await untilVerified(rig);
    expect(rig.detail.counts).toMatchObject({ due: 2, equal: 2, unchecked: 0 });
  });
});
