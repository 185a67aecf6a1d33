/** The cases in memory that tests of recovery stand on are held to what those in a state database do. */
import type { Finding } from '../../actors/state/finding.ts';
import { MemoryCaseStore } from '../support/memory-case-store.ts';
import { describeCaseStore } from './case-store-contract.ts';
import { describeStormCases } from './storm-contract.ts';

describeCaseStore('memory', async () => new MemoryCaseStore(() => Date.now()));
describeStormCases('memory', async () => {
  const cases = new MemoryCaseStore(() => Date.now());
  const store = async (findings: readonly Finding[]) => {
    cases.findings.push(...findings);
  };
  return { cases, findings: { store } };
});
