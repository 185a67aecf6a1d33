import type { RecordStream, RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { passTurns } from './memory-shard.ts';
import type { MemoryPartition } from './memory-stream.ts';

/** Now and then a commit is lost or not answered, a catch-up does not begin or breaks off; nothing takes no time. */
export function openFailing(
  partition: MemoryPartition,
  events: RecordStreamEvents,
  purpose: 'sink' | 'catch-up',
  random: () => number,
): RecordStream {
  let isOver = false;
  const fail = (error: ReplicationError) => {
    if (!isOver) {
      isOver = true;
      void stream.stop();
      events.onEnded(error);
    }
  };
  const onRecords: RecordStreamEvents['onRecords'] = (records, end) => {
    if (purpose === 'catch-up' && random() < 0.05) {
      fail(new ReplicationError('ERG_1202', 'gone'));
    } else {
      events.onRecords(records, end);
    }
  };
  const stream = partition.open({ ...events, onRecords });
  const { start, stop, commit } = stream;
  return Object.assign(stream, {
    start: async () => {
      await passTurns(Math.floor(random() * 5));
      if (isOver) {
        throw new ReplicationError('ERG_9001', 'the stream was stopped');
      }
      if (purpose === 'catch-up' && random() < 0.1) {
        const error = new ReplicationError('ERG_1206', 'no such group');
        fail(error);
        throw error;
      }
      await start.call(stream);
    },
    stop: async () => {
      isOver = true;
      await stop.call(stream);
      await passTurns(Math.floor(random() * 5));
    },
    commit: async (offset: bigint, metadata: string) => {
      await passTurns(Math.floor(random() * 5));
      const luck = random();
      if (luck > 0.1 && !isOver) {
        await commit.call(stream, offset, metadata);
      }
      if (luck < 0.2 || isOver) {
        throw new ReplicationError('ERG_1205', 'no answer');
      }
    },
  });
}
