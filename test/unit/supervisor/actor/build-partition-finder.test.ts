import { expect, test } from 'vitest';
import { choosePartition } from '../../../../actors/stream/choose-partition.ts';
import { joinRecordKey } from '../../../../protocol/change/record-key.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { buildPartitionFinder } from '../../../../supervisor/actor/build-partition-finder.ts';
import type { SharedParts } from '../../../../supervisor/actor/shared-parts.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anImage } from '../../../support/sink-builders.ts';

const CAPTURE = { topic: 'cdc.order', tables: { orders: { recordKey: ['buyer'] }, named: { recordKey: ['name'] } } };

function open(captures: object = { one: CAPTURE }) {
  const clock = new ManualClock();
  const asked = { times: 0, partitions: 4 };
  // What is used of them.
  const parts = {
    options: { settings: { captures }, clock },
    getPipeline: () => ({
      source: { topic: 'cdc.order' },
      tables: { orders: {}, named: { columnReplace: { name: {} } } },
    }),
    admin: {
      readPartitionCount: async () => {
        asked.times += 1;
        if (asked.partitions === 0) {
          throw new ReplicationError('ERG_1204', 'away');
        }
        return asked.partitions;
      },
    },
  } as unknown as SharedParts;
  return { clock, asked, find: buildPartitionFinder(parts, 'p') };
}

const byKey = (key: string, partitions: number) => choosePartition(joinRecordKey([key]), partitions);

test('a row is in the partition that the capture chooses by its record key', async () => {
  const { find, asked, clock } = open();
  expect(await find('orders', anImage({ id: '1', buyer: '17' }))).toBe(byKey('17', 4));
  expect(await find('orders', anImage({ id: '1', buyer: '18' }))).toBe(byKey('18', 4));
  expect(asked.times).toBe(1);
  asked.partitions = 40;
  clock.advance(60_000);
  expect(await find('orders', anImage({ id: '1', buyer: '17' }))).toBe(byKey('17', 40));
});

test('brokers that are away are asked once in a while, and what they said last counts', async () => {
  const { find, asked, clock } = open();
  const image = anImage({ id: '1', buyer: '17' });
  asked.partitions = 0;
  await expect(find('orders', image)).rejects.toMatchObject({ code: 'ERG_1204' });
  await expect(find('orders', image)).rejects.toMatchObject({ code: 'ERG_1204' });
  expect(asked.times).toBe(1);
  asked.partitions = 4;
  clock.advance(5_000);
  expect(await find('orders', image)).toBe(byKey('17', 4));
  asked.partitions = 0;
  clock.advance(60_000);
  expect(await find('orders', image)).toBe(byKey('17', 4));
  expect(asked.times).toBe(3);
});

test('nothing tells where the key is filled, not in the row, or chosen by another program', async () => {
  const { find, asked } = open();
  expect(await find('named', anImage({ id: '1', name: 'x' }))).toBeUndefined();
  expect(await find('orders', anImage({ id: '1' }))).toBeUndefined();
  expect(await find('unknown', anImage({ id: '1' }))).toBeUndefined();
  expect(asked.times).toBe(1);
  expect(await open({}).find('orders', anImage({ id: '1', buyer: '17' }))).toBeUndefined();
});
