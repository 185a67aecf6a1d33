import { allowsFaults, FAULTS } from '../../message/fault-order.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';

/** Nothing is broken on purpose where real data is. */
export function checkFaults({ environment, faults }: SettingsDraft): Complaint[] {
  if (environment === undefined || faults === undefined || allowsFaults(environment)) {
    return [];
  }
  return FAULTS.filter((fault) => faults[fault]).map((fault) => ({
    path: ['faults', fault],
    against: ['environment'],
    expected: 'no fault in an environment whose name starts with prod',
    got: 'true',
    hint: 'false',
  }));
}
