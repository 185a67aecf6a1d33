/** What the tests of single scenes of a verifier have in common. */
import { buildLuck } from './build-luck.ts';
import { until } from './kafka-rig.ts';
import { VerifierRig, type VerifierRigOptions } from './verifier-rig.ts';
import { VirtualClock } from './virtual-clock.ts';

export const SCENE_DEADLINE_MS = 5_000;

/** Of the verifier, for rows whose newer change has not come. */
export const LOOK_MS = 1_000;

export const order = (id: number, v: string, seller = 0) => ({ id, seller, v });

/** With a sink that runs, and a verifier that does not yet. */
export async function openScene(more: Partial<VerifierRigOptions> = {}): Promise<VerifierRig> {
  const rig = new VerifierRig({ random: buildLuck(1), clock: new VirtualClock(), ...more });
  await rig.startSink();
  return rig;
}

/** Everything is committed, and nothing is left unverified. */
export async function untilVerified(rig: VerifierRig): Promise<void> {
  const isVerified = () => (rig.partition.committed?.offset ?? -1n) >= rig.partition.end && rig.store.ranges.size === 0;
  await until('all is verified', isVerified, SCENE_DEADLINE_MS);
}

/** Nor is anything found afterwards in rows that were thought to be superseded. */
export async function untilVerifiedForGood(rig: VerifierRig): Promise<void> {
  await untilVerified(rig);
  const looksMs = rig.clock.monotonicMs() + 2 * LOOK_MS;
  await until('it has looked again', () => rig.clock.monotonicMs() > looksMs, SCENE_DEADLINE_MS);
  await untilVerified(rig);
}

export function untilApplied(rig: VerifierRig): Promise<void> {
  return rig.sinkPartition.untilCommitted(rig.sinkPartition.end);
}
