import { expect, test } from 'vitest';
import type { Logger } from '../../../../protocol/log/logger.ts';
import { TopicWatch } from '../../../../supervisor/cluster/topic-watch.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

test('T29: a topic that got more partitions is told, with how many it had', async () => {
  const clock = new ManualClock();
  const events: unknown[] = [];
  const log: Logger = { event: (name, fields) => events.push([name, fields]), child: () => log };
  let partitions = 3;
  const watch = new TopicWatch({
    settings: {
      captures: {},
      // Only what is read of a pipeline.
      pipelines: { p: { source: { topic: 'cdc.order' } } } as never,
    },
    admin: { ensureTopic: async () => false, readPartitionCount: async () => partitions },
    clock,
    log,
    random: () => 0,
  });
  watch.start();
  await clock.untilAwaited();
  partitions = 5;
  clock.advance(60_000);
  await clock.untilAwaited();
  expect(events).toEqual([['topic.grown', { topic: 'cdc.order', before: 3, partitions: 5 }]]);
  expect(watch.partitionCounts.get('cdc.order')).toBe(5);
  watch.stop();
  expect(clock.timers).toBe(0);
});
