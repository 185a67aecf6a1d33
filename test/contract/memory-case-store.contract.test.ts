/** The cases in memory that tests of recovery stand on are held to what those in a state database do. */
import { MemoryCaseStore } from '../support/memory-case-store.ts';
import { describeCaseStore } from './case-store-contract.ts';

describeCaseStore('memory', async () => new MemoryCaseStore(() => Date.now()));
