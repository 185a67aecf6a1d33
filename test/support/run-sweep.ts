/** Helpers of tests that run sweeps of a rig. */
import type { Actor } from '../../actors/runtime/actor.ts';
import type { SweepRun, SweepScope } from '../../actors/state/sweep-store.ts';
import type { SweeperDetail } from '../../protocol/message/verification-status.ts';
import { type Cells, SweepRig, type SweepRigOptions } from './sweep-rig.ts';

export const anOrder = (id: number, more: Cells = {}): Cells => ({
  id: String(id),
  s: '0',
  a: '1',
  secret: '1',
  ...more,
});
export const detailOf = (actor: Actor) => actor.status().detail as SweeperDetail;

export async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await isReached()); turns += 1) {
    if (turns > 50_000) {
      throw new Error('it never comes');
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Orders a sweep of orders, unless told otherwise. */
export async function orderSweep(rig: SweepRig, scope: SweepScope = { tables: ['orders'] }): Promise<number> {
  return await rig.store.order({ pipeline: 'order-seller', origin: 'order', scope, by: 'test' });
}

export async function untilEnded(rig: SweepRig, run: number): Promise<void> {
  await until(async () => (await rig.store.find(run))?.endedMs !== null);
}

export async function sweepOnce(rig: SweepRig, scope?: SweepScope): Promise<SweepRun | undefined> {
  const run = await orderSweep(rig, scope);
  const actor = rig.openSweeper();
  await actor.start();
  await untilEnded(rig, run);
  await actor.stop();
  return await rig.store.find(run);
}

/** With rows of orders that are right. */
export function aRig(options: SweepRigOptions = {}, rows = 35): SweepRig {
  const rig = new SweepRig(options);
  for (let id = 1; id <= rows; id += 1) {
    rig.put('orders', anOrder(id * 2));
  }
  return rig;
}
