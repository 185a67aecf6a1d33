import { Kafka, logLevel } from 'kafkajs';
import { DrainWorkload, type ExpectedTable } from './drain-workload.ts';

export interface TopicPlan {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly changes: number;
  readonly seed: number;
}

/** Below the broker's default limit of 1 MB for a request. */
const MAX_REQUEST_CHARACTERS = 600_000;

/** Creates the topic and writes the workload to it. @returns the table that draining it must leave behind */
export async function writeTopic({ brokers, topic, partitions, changes, seed }: TopicPlan): Promise<ExpectedTable> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
  const workload = new DrainWorkload(seed, partitions);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let written = 0; written < changes; ) {
      const messages = takeMessages(workload, changes - written);
      await producer.send({ topic, messages });
      written += messages.length;
    }
  } finally {
    await producer.disconnect();
  }
  return workload.expected();
}

function takeMessages(workload: DrainWorkload, most: number) {
  const messages: { key: string; value: string; partition: number }[] = [];
  for (let characters = 0; characters < MAX_REQUEST_CHARACTERS && messages.length < most; ) {
    const { key, value, partition } = workload.next();
    messages.push({ key, value, partition });
    characters += value.length;
  }
  return messages;
}
