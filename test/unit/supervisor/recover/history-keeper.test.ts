import { expect, test } from 'vitest';
import type { PrunedCounts } from '../../../../actors/state/history-pruner.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { HistoryKeeper } from '../../../../supervisor/recover/history-keeper.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { passTurns } from '../../../support/memory-shard.ts';

const KEEP_MS = 90 * 86_400_000;

function aKeeper(answers: (PrunedCounts | Error)[]) {
  const clock = new ManualClock();
  const calls: number[] = [];
  const prune = async (keepMs: number) => {
    calls.push(keepMs);
    const answer = answers.shift() ?? { cases: 0, runs: 0 };
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  const keeper = new HistoryKeeper({ pruner: { prune }, keepMs: KEEP_MS, clock, log: silentLogger });
  const pass = async (ms: number) => {
    clock.advance(ms);
    await passTurns(3);
  };
  return { keeper, clock, calls, pass };
}

test('what is over is looked for every ten minutes, and each second while more is left', async () => {
  const { keeper, calls, pass } = aKeeper([
    { cases: 500, runs: 0 },
    { cases: 3, runs: 1 },
  ]);
  keeper.start();
  keeper.start();
  await pass(599_999);
  expect(calls).toEqual([]);
  await pass(1);
  await pass(1_000);
  expect(calls).toEqual([KEEP_MS, KEEP_MS]);
  await pass(599_999);
  expect(calls).toHaveLength(2);
  await pass(1);
  expect(calls).toHaveLength(3);
});

test('a state database that is away is asked again later', async () => {
  const { keeper, calls, pass } = aKeeper([new ReplicationError('ERG_5001', 'away')]);
  keeper.start();
  await pass(600_000);
  await pass(600_000);
  expect(calls).toHaveLength(2);
});

test('a supervisor that does not lead any more deletes nothing, also when it was just at it', async () => {
  const { keeper, clock, calls, pass } = aKeeper([{ cases: 500, runs: 0 }]);
  keeper.start();
  clock.advance(600_000);
  keeper.stop();
  await passTurns(3);
  expect([calls.length, clock.timers]).toEqual([1, 0]);
  keeper.start();
  await pass(600_000);
  expect(calls).toHaveLength(2);
});
