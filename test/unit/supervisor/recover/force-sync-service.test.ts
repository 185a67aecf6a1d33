import { expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import type { ForceSyncAnswer, ForceSyncOrder } from '../../../../protocol/message/force-sync-message.ts';
import { ForceSyncService } from '../../../../supervisor/recover/force-sync-service.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryBus, MemoryNetwork } from '../../../support/memory-bus.ts';

const ORDER: ForceSyncOrder = {
  pipeline: 'order-seller',
  table: 'orders',
  key: [['order_no', '17']],
  mayDelete: false,
  reason: 'ticket 4711',
  by: 'ann',
};
const ANSWER: ForceSyncAnswer = { rows: [], compared: 1 };
const SUBJECT = 'ergate.test.supervisor.control.force-sync';

function aService(sync: (order: ForceSyncOrder) => Promise<ForceSyncAnswer>) {
  const clock = new ManualClock();
  const network = new MemoryNetwork(clock);
  const busOf = (name: string) => new MemoryBus({ network, clock, name, logger: silentLogger });
  const asker = busOf('asker');
  const service = new ForceSyncService({ environment: 'test', bus: busOf('supervisor'), sync, log: silentLogger });
  const ask = (body: unknown) => asker.request(SUBJECT, { type: 'force-sync', id: '1', epoch: 0, body }, 1_000);
  return { service, ask };
}

test('a row is synced for whoever asks the supervisor that leads, with what the row came to', async () => {
  const orders: ForceSyncOrder[] = [];
  const { service, ask } = aService(async (order) => {
    orders.push(order);
    return ANSWER;
  });
  await expect(ask(ORDER)).rejects.toMatchObject({ code: 'ERG_6101' });
  service.start();
  service.start();
  const { mayDelete, ...withoutMark } = ORDER;
  expect(await ask(withoutMark)).toMatchObject({ code: 'OK', body: ANSWER });
  expect(orders).toEqual([ORDER]);
  service.stop();
  await expect(ask(ORDER)).rejects.toMatchObject({ code: 'ERG_6101' });
});

test('what cannot be done is answered with why', async () => {
  const { service, ask } = aService(async () => {
    throw new ReplicationError('ERG_5201', 'there is no pipeline order-seller');
  });
  service.start();
  expect(await ask(ORDER)).toMatchObject({ code: 'FAILED', message: expect.stringContaining('ERG_5201') });
});

test.each<[string, object]>([
  ['no key', { key: [] }],
  ['half a key', { key: [['order_no']] }],
  ['no reason', { reason: '' }],
  ['nobody who wants it', { by: undefined }],
  ['a mark that is none', { mayDelete: 'yes' }],
])('an order with %s touches no row', async (_, change) => {
  let calls = 0;
  const { service, ask } = aService(async () => {
    calls += 1;
    return ANSWER;
  });
  service.start();
  expect(await ask({ ...ORDER, ...change })).toMatchObject({ code: 'POISON' });
  expect(calls).toBe(0);
});

test('only some are done at a time: another one is told to come back', async () => {
  const held = Promise.withResolvers<ForceSyncAnswer>();
  const { service, ask } = aService(() => held.promise);
  service.start();
  const asked = [1, 2, 3, 4].map(() => ask(ORDER));
  expect(await ask(ORDER)).toMatchObject({ code: 'BUSY' });
  held.resolve(ANSWER);
  expect((await Promise.all(asked)).map(({ code }) => code)).toEqual(['OK', 'OK', 'OK', 'OK']);
  expect(await ask(ORDER)).toMatchObject({ code: 'OK' });
});
