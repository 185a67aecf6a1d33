import {
  atLeast,
  buildLine,
  clientCpuOf,
  type DrainReport,
  describeMachine,
  keepGood,
  listFaults,
  medianRatio,
  renderTables,
} from '../drain/drain-report.ts';
import { ergate } from '../drain/ergate-contestant.ts';
import type { RunResult } from '../drain/run-drain.ts';
import { verifier } from './verifier-contestant.ts';

export function buildVerifyReport(
  results: readonly RunResult[],
  { changes, seed }: { readonly changes: number; readonly seed: number },
): DrainReport {
  const runs = Map.groupBy(keepGood(results), ({ contestant }) => contestant);
  const [drained, verified] = [runs.get(ergate.name), runs.get(verifier.name)];
  return {
    changes,
    seed,
    machine: describeMachine(),
    faults: listFaults(results),
    lines: [...runs.values()].map(buildLine),
    ratios: [
      atLeast('verify / drain, changes per second', medianRatio(verified, drained), 1.5, 3),
      atLeast('drain / verify, client CPU per change', medianRatio(drained, verified, clientCpuOf), 1),
    ],
  };
}

export function renderVerifyReport({ machine, changes, seed, ...tables }: DrainReport): string {
  return [
    `Verification of ${changes.toLocaleString('en')} changes (50 % insert, 40 % update, 10 % delete, Zipf, seed ${seed}) that ergate drained just before, on ${machine}.`,
    'The drain: from the first row operation to the last one. The verification: from the first look-up of a key to the last one, both as the',
    'database counts them. Medians; a verification counts only when every change was equal or superseded. CPU in µs per change.',
    '',
    ...renderTables(tables),
  ].join('\n');
}
