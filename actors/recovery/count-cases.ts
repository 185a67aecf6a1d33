import type { CaseCounts, CasePlace } from '../state/case-store.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

/** Open cases, but for that of the row that is damaged on purpose just now: nobody has to look at it. */
export async function countCases(
  { cases, pipeline, findCanary }: Pick<RecoveryDeps, 'cases' | 'pipeline' | 'findCanary'>,
  place: CasePlace,
): Promise<CaseCounts> {
  const counts = await cases.count(place);
  const row = await findCanary?.();
  const [known] = row === undefined ? [] : await cases.findNewest(pipeline, [row]);
  const listed = known === undefined ? 0 : (counts.states[known.state] ?? 0);
  if (known === undefined || known.state === 'closed' || known.partition !== place.partition || listed === 0) {
    return counts;
  }
  const states = { ...counts.states, [known.state]: listed - 1 };
  const isAny = Object.values(states).some((count) => count > 0);
  return { states, oldestMs: isAny ? counts.oldestMs : undefined };
}
