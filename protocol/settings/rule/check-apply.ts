import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings } from '../settings-schema.ts';

/** A pipeline whose target another tool writes: it is looked at, and nothing may be asked for that writes. */
export function checkApply(name: string, { apply, verification }: PipelineSettings): Complaint[] {
  if (apply) {
    return [];
  }
  const path = ['pipelines', name];
  if (verification === undefined) {
    const expected = 'verification beside it: a pipeline that applies nothing has nothing else to do';
    return [{ path: [...path, 'apply'], expected, got: 'false' }];
  }
  const complaints: Complaint[] = [];
  if (verification.canary !== undefined) {
    const expected = 'none, since apply is false: a canary damages a row of the target';
    complaints.push({
      path: [...path, 'verification', 'canary'],
      expected,
      got: `one of ${verification.canary.table}`,
    });
  }
  if (verification.recovery.mode !== 'observe') {
    complaints.push({
      path: [...path, 'verification', 'recovery', 'mode'],
      expected: 'observe, since apply is false: there is no sink that could write a row',
      got: verification.recovery.mode,
      hint: 'observe',
    });
  }
  return complaints;
}
