/**
 * Of which life of the topic a committed offset is: at the same offsets of a topic that was created anew stand other records.
 * It is noted in front of the metadata of the offset as "@<topicEpoch> ".
 *
 * In the first life only an offset without metadata gets the note: what has metadata and no note is of that life, and what has
 * neither was committed by a person, who means the topic as it is now.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { parseNote } from './parked-scope.ts';
import type { CommittedOffset } from './record-stream.ts';

export function noteEpoch(metadata: string, topicEpoch: number): string {
  return topicEpoch === 0 && metadata !== '' ? metadata : `@${topicEpoch} ${metadata}`.trimEnd();
}

/**
 * What was committed, as it counts in this life of the topic: from a former one nothing is settled, so that it begins at 0.
 *
 * @throws ReplicationError ERG_1218 when it is of a later one; ERG_1219 when something of the former one was still left out
 */
export function readInEpoch({ offset, metadata }: CommittedOffset, topicEpoch: number): CommittedOffset {
  if (metadata === '') {
    return { offset, metadata };
  }
  const [note, noted] = /^@(\d{1,5})(?: |$)/.exec(metadata) ?? ['', '0'];
  const epoch = Number(noted);
  if (epoch > topicEpoch) {
    throw new ReplicationError('ERG_1218', `offset ${offset} was committed in topicEpoch ${epoch}, not ${topicEpoch}`);
  }
  const own = metadata.slice(note.length);
  if (epoch === topicEpoch) {
    return { offset, metadata: own };
  }
  const { parked } = parseNote(own);
  if (parked.length > 0) {
    const names = parked.map(({ shard, table }) => (table === null ? shard : `${shard}.${table}`)).join(', ');
    throw new ReplicationError('ERG_1219', `${names} had been left out in topicEpoch ${epoch}, at offset ${offset}`);
  }
  return { offset: 0n, metadata: '' };
}
