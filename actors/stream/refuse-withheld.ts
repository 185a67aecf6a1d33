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

/** So many in a row: a broker that reads from a slow store may give none in time, once or twice. Guess. */
const REFUSED_FROM = 3;

/**
 * A broker whose file is damaged, for example by a batch that claims to be longer than it, finds no records any more and
 * answers with none; the library would ask for ever, without a word.
 *
 * @param before answers in a row, before this one, in which something was withheld
 * @returns the same with this one
 * @throws ReplicationError ERG_1220 when the broker says again and again that there are records, and gives none
 */
export function refuseWithheld(request: FetchRequest, answer: FetchAnswer, before: number): number {
  const withheld = findWithheld(request, answer);
  if (withheld !== undefined && before + 1 >= REFUSED_FROM) {
    throw new ReplicationError('ERG_1220', withheld);
  }
  return withheld === undefined ? 0 : before + 1;
}

/** Where one partition fills the answer, others get nothing. */
function findWithheld({ topics }: FetchRequest, answer: FetchAnswer): string | undefined {
  const fetched = answer.responses.flatMap(({ topicName, partitions }) =>
    partitions.map((one) => ({ topicName, ...one })),
  );
  const isThrottled = (answer.throttleTime ?? 0) > 0 || (answer.clientSideThrottleTime ?? 0) > 0;
  if (isThrottled || !fetched.every(isEmpty)) {
    return undefined;
  }
  for (const { topicName, partition, ...ends } of fetched) {
    const asked = topics.find(({ topic }) => topic === topicName)?.partitions;
    const from = asked?.find((one) => one.partition === partition)?.fetchOffset;
    const end = readableEnd(ends);
    if (from !== undefined && BigInt(from) < end) {
      return `${topicName}[${partition}]: expected records from offset ${from} to ${end - 1n}, got none`;
    }
  }
  return undefined;
}

function isEmpty({ messages, preferredReadReplica }: FetchedPartition): boolean {
  return messages.length === 0 && (preferredReadReplica ?? -1) < 0;
}

/** Behind the last record that may be given. */
function readableEnd({
  highWatermark,
  lastStableOffset = highWatermark,
}: Pick<FetchedPartition, 'highWatermark' | 'lastStableOffset'>): bigint {
  const [high, stable] = [BigInt(highWatermark), BigInt(lastStableOffset)];
  return stable < high ? stable : high;
}
