/** Numbers within [0, 1) that a seed decides, for faults of a generated run. */
export function buildLuck(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
