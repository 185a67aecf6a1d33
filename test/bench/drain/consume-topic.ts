/** Reads a whole topic with kafkajs and plain JSON.parse: what the floor and the ceiling of the benchmark share. */
import { AssignerProtocol, Kafka, logLevel, type PartitionAssigner } from 'kafkajs';

export interface PlainChange {
  readonly op: 'insert' | 'update' | 'delete';
  readonly old: PlainRow | null;
  readonly new: PlainRow | null;
}

type PlainRow = Readonly<Record<string, string | number | null>>;

export interface ConsumePlan {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Fresh per run and process. */
  readonly group: string;
  readonly partitions: readonly number[];
}

const MAX_BYTES_PER_PARTITION = 4 * 1024 * 1024;

/** Hands every change to `take`, in order per partition. Resolves when the partitions are read to their end. */
export async function consumeTopic(
  plan: ConsumePlan,
  take: (change: PlainChange) => Promise<void> | void,
): Promise<void> {
  const kafka = new Kafka({ brokers: [...plan.brokers], logLevel: logLevel.NOTHING });
  const ends = await readEnds(kafka, plan.topic);
  const consumer = kafka.consumer({
    groupId: plan.group,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxWaitTimeInMs: 100,
    minBytes: 1,
    partitionAssigners: [assignAlways(plan)],
  });
  const open = new Set(plan.partitions);
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic: plan.topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        if (value !== null) {
          const record = JSON.parse(value.toString()) as { payloads: PlainChange[] }; // written by write-topic.ts
          for (const change of record.payloads) {
            const wait = take(change);
            if (wait !== undefined) {
              await wait;
            }
          }
        }
      }
      if (BigInt(batch.lastOffset()) + 1n >= (ends.get(batch.partition) ?? 0n)) {
        open.delete(batch.partition);
      }
      if (open.size === 0) {
        resolve();
      }
    },
  });
  await done;
  await consumer.disconnect();
}

async function readEnds(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}

/** The only member of the group gets the named partitions: kafkajs has no consumer without a group. */
function assignAlways({ topic, partitions }: ConsumePlan): PartitionAssigner {
  const name = 'always';
  const nothing = Buffer.alloc(0);
  return () => ({
    name,
    version: 1,
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 1,
          assignment: { [topic]: [...partitions] },
          userData: nothing,
        }),
      })),
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: nothing }),
    }),
  });
}
