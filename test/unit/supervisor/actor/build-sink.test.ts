import { expect, test } from 'vitest';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { sinkJob } from '../../../../protocol/message/job.ts';
import { createActorFactory } from '../../../../supervisor/build-actor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryNetwork } from '../../../support/memory-bus.ts';
import { aSettingsText, readTexts } from '../../../support/settings-text.ts';

const PIPELINES = `pipelines:
  order-seller:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }
    apply: false
    verification: { recovery: { mode: observe } }`;

test('a node that knows that another tool writes the target runs no sink, whatever the supervisor still thinks', async () => {
  const { settings, problems } = readTexts([aSettingsText({ pipelines: PIPELINES })]);
  if (settings === undefined) {
    throw new Error(`expected settings, got ${JSON.stringify(problems)}`);
  }
  const clock = new ManualClock();
  const factory = createActorFactory({
    settings,
    node: 'n',
    boot: 'b',
    bus: new MemoryNetwork(clock).open('n', silentLogger),
    faults: { wrap: (server) => server },
    clock,
    logger: silentLogger,
  });
  try {
    expect(() => factory.createActor(sinkJob('order-seller', 0), 1)).toThrow('ERG_6011');
  } finally {
    await factory.close();
  }
});
