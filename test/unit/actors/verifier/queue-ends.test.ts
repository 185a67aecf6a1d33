/** What comes at the very moment in which a queue has been worked off is not left lying. */
import { describe, expect, test } from 'vitest';
import type { MessageBus } from '../../../../actors/runtime/message-bus.ts';
import { RefusalDesk, type RefusedChange } from '../../../../actors/verifier/refusal-desk.ts';
import { Reporter } from '../../../../actors/verifier/reporter.ts';
import type { ReportedRow } from '../../../../actors/verifier/suspect.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { passTurns } from '../../../support/memory-shard.ts';
import { aMismatch, WRONG } from '../../../support/recovery-rig.ts';

const OWN = { clock: new ManualClock(), logger: silentLogger, random: () => 0 };
const MOMENTS = [0, 1, 2, 3, 4, 5];

async function passMicrotasks(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await undefined;
  }
}

describe.each(MOMENTS)('%s microtasks after the last one was done', (moment) => {
  test('a report is sent', async () => {
    const stored: ReportedRow[] = [];
    const bus = { request: async () => ({ code: 'OK', message: '', maxEpoch: 0 }) } as unknown as MessageBus; // all it asks
    const report: ReportedRow = { mismatch: aMismatch('1', WRONG), checks: [], outcome: 'mismatches' };
    const reporter = new Reporter({
      ...OWN,
      environment: 'test',
      pipeline: 'p',
      partition: 0,
      idPrefix: 'v',
      isOfCanary: () => false,
      bus,
      onStored: (rows) => {
        stored.push(...rows);
        if (stored.length === 1) {
          void passMicrotasks(moment).then(() => reporter.add([report]));
        }
      },
      onFailed: () => expect.unreachable(),
    });
    reporter.add([report]);
    await passTurns(3);
    expect(stored).toHaveLength(2);
  });

  test('a refused change is asked for', async () => {
    const stuck: RefusedChange[] = [];
    const record = { offset: 3n, key: null, value: null, timestampMs: -1 };
    const error = new ReplicationError('ERG_2001', 'no seller');
    const refused = { refusal: { record, payloadIndex: 0, error } } as RefusedChange; // what it reads of it
    const desk = new RefusalDesk({
      ...OWN,
      scope: { pipeline: 'p', topic: 't', topicEpoch: 0, partition: 0 },
      findings: { listStuck: async () => [{ offset: 3n, payloadIndex: 0 }] },
      onStuck: (changes) => {
        stuck.push(...changes);
        if (stuck.length === 1) {
          void passMicrotasks(moment).then(() => desk.add(refused));
        }
      },
      onUnseen: () => expect.unreachable(),
      onFailed: () => expect.unreachable(),
    });
    desk.add(refused);
    await passTurns(3);
    expect(stuck).toHaveLength(2);
  });
});
