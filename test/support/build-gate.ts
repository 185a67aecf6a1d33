import type { ShardGate } from '../../actors/breaker/shard-gate.ts';

/** @param find how it is now; what is left out does nothing */
export function buildGate(
  find: () => Partial<ShardGate>,
): Pick<ShardGate, 'refusal' | 'known' | 'sawSilence' | 'sawFailure'> {
  return {
    get refusal() {
      return find().refusal;
    },
    get known() {
      return find().known ?? Promise.resolve();
    },
    sawSilence: () => find().sawSilence?.(),
    sawFailure: (error) => find().sawFailure?.(error),
  };
}
