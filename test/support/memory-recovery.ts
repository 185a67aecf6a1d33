import { silentLogger } from '../../protocol/log/logger.ts';
import type { FindingReport } from '../../protocol/message/recovery-message.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { MemoryNetwork } from './memory-bus.ts';

/** In the place of the recovery actor of pipeline p, partition 0, in environment test: remembers what it was told. */
export class MemoryRecovery {
  /** As they came; the same one may come twice. */
  readonly reports: Mismatch[] = [];
  /** False: it takes nothing. */
  isUp = true;

  /** @param isFailing now and then it refuses, or stores and does not answer */
  constructor(network: MemoryNetwork, isFailing: () => boolean, random: () => number) {
    network.open('recovery', silentLogger).serve('ergate.test.actor.recovery.p.0.report', async ({ body }) => {
      const luck = isFailing() ? random() : 1;
      if (!this.isUp || luck < 0.3) {
        return { code: 'BUSY', message: '', maxEpoch: 0 };
      }
      this.reports.push(...(body as FindingReport).mismatches); // only verifiers send here
      if (luck < 0.5) {
        await new Promise(() => {});
      }
      return { code: 'OK', message: '', maxEpoch: 0 };
    });
  }
}
