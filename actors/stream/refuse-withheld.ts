import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

/** Offsets as texts, as the library has them. */
export interface FetchAnswer {
  /** ms that the broker has waited, or the client shall: either is over its quota, and may be given nothing. */
  readonly throttleTime?: number;
  readonly clientSideThrottleTime?: number;
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
}

interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  /** Up to where no transaction is open; brokers before 0.11 know none. */
  readonly lastStableOffset?: string;
  /** Another broker, which is to be asked instead. */
  readonly preferredReadReplica?: number | null;
  readonly messages: readonly unknown[];
}

/**
 * A broker whose file is damaged, for example by a batch that claims to be longer than it, finds no records any more and
 * answers with none; the library would ask for ever, without a word.
 *
 * @throws ReplicationError ERG_1220 when the broker says that there are records, and gives none
 */
export function refuseWithheld({ topics }: FetchRequest, answer: FetchAnswer): void {
  if ((answer.throttleTime ?? 0) > 0 || (answer.clientSideThrottleTime ?? 0) > 0) {
    return;
  }
  for (const { topicName, partitions } of answer.responses) {
    const asked = topics.find(({ topic }) => topic === topicName)?.partitions;
    for (const fetched of partitions.filter(isEmpty)) {
      const end = readableEnd(fetched);
      const from = asked?.find(({ partition }) => partition === fetched.partition)?.fetchOffset;
      if (from !== undefined && BigInt(from) < end) {
        const place = `${topicName}[${fetched.partition}]`;
        throw new ReplicationError(
          'ERG_1220',
          `${place}: expected records from offset ${from} to ${end - 1n}, got none`,
        );
      }
    }
  }
}

function isEmpty({ messages, preferredReadReplica }: FetchedPartition): boolean {
  return messages.length === 0 && (preferredReadReplica ?? -1) < 0;
}

/** Behind the last record that may be given. */
function readableEnd({ highWatermark, lastStableOffset = highWatermark }: FetchedPartition): bigint {
  const [high, stable] = [BigInt(highWatermark), BigInt(lastStableOffset)];
  return stable < high ? stable : high;
}
