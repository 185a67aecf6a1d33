import { checkCaptures } from './rule/check-captures.ts';
import { checkDatabases } from './rule/check-databases.ts';
import { checkFaults } from './rule/check-faults.ts';
import { checkPipelines } from './rule/check-pipelines.ts';
import { checkSupervisor } from './rule/check-supervisor.ts';
import { readDraft } from './settings-draft.ts';
import type { SettingsNode } from './settings-node.ts';
import type { Complaint } from './settings-problem.ts';

/** What the schema of single fields cannot say: names that must exist, pairs that must fit. */
export function checkRules(root: SettingsNode): Complaint[] {
  const draft = readDraft(root);
  return [checkDatabases, checkCaptures, checkPipelines, checkSupervisor, checkFaults].flatMap((check) => check(draft));
}
