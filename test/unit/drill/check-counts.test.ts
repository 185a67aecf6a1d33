import { expect, test } from 'vitest';
import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { checkCounts, haveToldAll } from '../../support/drill/check-counts.ts';
import { PIPELINES } from '../../support/drill/expected-places.ts';

const CHANGES = { changes: 10, applied: 7, filtered: 2, refused: 1 };

/** Of the first partition of each pipeline. */
function aStatus(committedOffset: string, counts: object = CHANGES): SupervisorStatus {
  const detail = { kind: 'sink', committedOffset, counts };
  const jobs = PIPELINES.map((pipeline) => ({
    job: { kind: 'sink', pipeline, partition: 0 },
    report: { status: { detail } },
  }));
  return { jobs } as unknown as SupervisorStatus; // nothing else is looked at
}

test('they have told all when each of them has committed up to the end', () => {
  const ends = new Map([[0, 5]]);
  expect(haveToldAll(aStatus('5'), ends)).toBe(true);
  expect(haveToldAll(aStatus('4'), ends)).toBe(false);
  expect(haveToldAll(undefined, ends)).toBe(false);
  expect(haveToldAll(aStatus('5'), new Map([...ends, [1, 0]]))).toBe(false);
});

test('a change of which a sink does not tell what became is found; one that it read twice is not', () => {
  expect(checkCounts(aStatus('5'))).toEqual([]);
  expect(checkCounts(aStatus('5', { ...CHANGES, applied: 9 }))).toEqual([]);
  expect(checkCounts(aStatus('5', { ...CHANGES, applied: 5 }))).toContainEqual({
    invariant: 'I10',
    message: `${PIPELINES[0]}/0 does not tell what became of 2 of 10 changes`,
  });
});
