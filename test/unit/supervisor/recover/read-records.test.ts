import { expect, test } from 'vitest';
import type { RecordStream, RecordStreamEvents, StreamRecord } from '../../../../actors/stream/record-stream.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { type ReadRecordsOptions, readRecords } from '../../../../supervisor/recover/read-records.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { passTurns } from '../../../support/memory-shard.ts';
import { MemoryPartition } from '../../../support/memory-stream.ts';

function aPartition(records: number, maxFetchRecords = 2): MemoryPartition {
  const partition = new MemoryPartition(maxFetchRecords);
  partition.append(...Array.from({ length: records }, () => ({ value: 'x' })));
  return partition;
}

async function read(partition: MemoryPartition, more: Partial<ReadRecordsOptions> = {}) {
  const offsets: number[] = [];
  const reading = await readRecords({
    open: (events) => partition.open(events),
    choose: ({ earliest, end }) => ({ from: earliest, to: end - 1n }),
    onRecords: async (records) => {
      offsets.push(...records.map(({ offset }) => Number(offset)));
      return true;
    },
    clock: new ManualClock(),
    ...more,
  });
  return { offsets, reading };
}

test('records are read from one offset to another, both included, and nothing is committed', async () => {
  const partition = aPartition(7);
  const { offsets, reading } = await read(partition, { choose: () => ({ from: 1n, to: 4n }) });
  expect(offsets).toEqual([1, 2, 3, 4]);
  expect(reading).toEqual({ held: { earliest: 0n, end: 7n }, silentFrom: undefined });
  expect(partition.commits).toEqual([]);
});

test('nothing is read when nothing is wanted, and no more than is wanted', async () => {
  expect((await read(aPartition(3), { choose: () => undefined })).offsets).toEqual([]);
  let batches = 0;
  await read(aPartition(8), {
    onRecords: async () => {
      batches += 1;
      return batches < 2;
    },
  });
  expect(batches).toBe(2);
});

test('no more is fetched while somebody works on what came', async () => {
  let working = 0;
  let most = 0;
  const partition = aPartition(6);
  const { reading } = await read(partition, {
    onRecords: async () => {
      working += 1;
      most = Math.max(most, working);
      await new Promise((soon) => setImmediate(soon));
      working -= 1;
      return true;
    },
  });
  expect([most, reading.silentFrom]).toEqual([1, undefined]);
});

class SilentStream implements RecordStream {
  isStopped = false;
  readonly #start: () => Promise<void>;

  constructor(start: () => Promise<void>) {
    this.#start = start;
  }

  start(): Promise<void> {
    return this.#start();
  }

  pause(): void {}

  resume(): void {}

  async commit(): Promise<void> {}

  async readEndOffset(): Promise<bigint> {
    return 0n;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }
}

function readSilent(start: (events: RecordStreamEvents) => Promise<unknown>) {
  const clock = new ManualClock();
  let stream: SilentStream | undefined;
  const reading = readRecords({
    open: (events) => {
      stream = new SilentStream(async () => {
        await start(events);
      });
      return stream;
    },
    choose: () => ({ from: 5n, to: 9n }),
    onRecords: async () => true,
    clock,
  });
  reading.catch(() => {}); // looked at below
  return { clock, reading, isStopped: () => stream?.isStopped };
}

const own = (events: RecordStreamEvents) => events.onOwned(undefined, { earliest: 0n, end: 10n });
const aRecord = (offset: bigint): StreamRecord => ({ offset, key: null, value: null, timestampMs: 0 });

test('where no record comes any more the reading ends, and says from where on', async () => {
  const { clock, reading, isStopped } = readSilent(async (events) => {
    await own(events);
    setImmediate(() => events.onRecords([aRecord(5n), aRecord(6n)], 10n));
  });
  await new Promise((soon) => setImmediate(soon));
  await passTurns(5);
  clock.advance(15_000);
  expect(await reading).toMatchObject({ silentFrom: 7n });
  expect(isStopped()).toBe(true);
});

test('Kafka is not waited for for ever, and a stream that ends is told', async () => {
  const away = readSilent(() => new Promise(() => {}));
  await passTurns(3);
  away.clock.advance(30_000);
  await expect(away.reading).rejects.toMatchObject({ code: 'ERG_1204' });
  expect(away.isStopped()).toBe(true);
  const failed = readSilent(async (events) => {
    await own(events);
    setImmediate(() => events.onEnded(new ReplicationError('ERG_1202', 'gone')));
  });
  await expect(failed.reading).rejects.toMatchObject({ code: 'ERG_1202' });
  expect(failed.isStopped()).toBe(true);
});
