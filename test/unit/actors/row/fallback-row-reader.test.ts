import { expect, test } from 'vitest';
import { FallbackRowReader } from '../../../../actors/row/fallback-row-reader.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRowReader } from '../../../support/memory-row-reader.ts';
import { aTable } from '../../../support/sink-builders.ts';

const TABLE = aTable({ columns: ['id'] });
const AWAY = new ReplicationError('ERG_3001', 'nobody answers');

function openReader() {
  const [replica, primary] = [new MemoryRowReader(TABLE), new MemoryRowReader(TABLE)];
  primary.put(TABLE.name, { id: '1' });
  const clock = new ManualClock();
  const failures: string[] = [];
  const reader = new FallbackRowReader({ replica, primary, clock, onFailed: ({ code }) => failures.push(code) });
  const read = async () => (await reader.readMany(TABLE, [['1']])).size;
  return { replica, primary, clock, failures, read };
}

test('rows are read at the replica, whatever the primary has', async () => {
  const { primary, read } = openReader();
  expect(await read()).toBe(0);
  expect(primary.rowsAsked).toBe(0);
});

test.each(['ERG_3001', 'ERG_3402', 'ERG_3501', 'ERG_3201'] as const)(
  'what the replica cannot give, for %s, is read at the primary',
  async (code) => {
    const { replica, failures, read } = openReader();
    replica.failure = new ReplicationError(code, 'not now');
    expect(await read()).toBe(1);
    expect(failures).toEqual([code]);
  },
);

test('a replica that failed is left alone for ten seconds, and told of once', async () => {
  const { replica, clock, failures, read } = openReader();
  replica.failure = AWAY;
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(replica.rowsAsked).toBe(2);
  replica.failure = undefined;
  clock.advance(9_999);
  expect(await read()).toBe(1);
  expect(replica.rowsAsked).toBe(2);
  clock.advance(1);
  expect(await read()).toBe(0);
  expect(failures).toEqual(['ERG_3001']);
});

test('rows fail only when neither can be read', async () => {
  const { replica, primary, read } = openReader();
  replica.failure = AWAY;
  primary.failure = new ReplicationError('ERG_3002', 'no answer');
  await expect(read()).rejects.toMatchObject({ code: 'ERG_3002' });
});

test('a reader that was closed asks nobody else', async () => {
  const { replica, primary, read } = openReader();
  replica.failure = new ReplicationError('ERG_9001', 'closed');
  await expect(read()).rejects.toMatchObject({ code: 'ERG_9001' });
  expect(primary.rowsAsked).toBe(0);
});
