import type { RecordStream, RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { passTurns } from './memory-shard.ts';
import type { MemoryPartition } from './memory-stream.ts';

/**
 * Now and then a commit is lost or not answered; nothing takes no time.
 *
 * @param breaksOff asked when it starts, and for each delivery
 */
export function openFailing(
  partition: MemoryPartition,
  events: RecordStreamEvents,
  random: () => number,
  breaksOff: () => boolean,
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
    if (breaksOff()) {
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
      if (breaksOff()) {
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
