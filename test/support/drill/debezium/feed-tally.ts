/** What the connector wrote, counted by a reader of its own: a drill in which nothing happened proves nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { registerKafkajsCodecs } from '../../../../actors/stream/kafkajs-codecs.ts';
import { openKafka } from '../read-stream.ts';

export interface FeedTally {
  /** By op: c, u, d, r. */
  readonly changes: Readonly<Record<string, number>>;
  readonly tombstones: number;
  readonly heartbeats: number;
  readonly transactionMarks: number;
  readonly schemaChanges: number;
  /** Changes that the feed has more than once, by their place in the log. */
  readonly repeats: number;
  readonly withSchema: number;
  /** Records that have one of the wanted texts in them, in the order of their partition. */
  readonly wanted: readonly string[];
}

type Counts = { -readonly [Name in keyof Omit<FeedTally, 'changes' | 'wanted'>]: number } & {
  changes: Record<string, number>;
  wanted: string[];
};

interface Envelope {
  readonly op?: string;
  readonly source?: { readonly file?: string; readonly pos?: number; readonly row?: number };
  readonly status?: string;
  readonly ddl?: string;
}

const READ_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** @throws Error when a topic cannot be read to the end that it has now */
export async function tallyFeed(
  brokers: readonly string[],
  topics: readonly string[],
  wanted: readonly string[],
): Promise<FeedTally> {
  await registerKafkajsCodecs();
  const kafka = openKafka(brokers);
  const counter = new FeedCounter(wanted);
  let left = await countRecords(kafka, topics);
  const consumer = kafka.consumer({ groupId: `drill-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const deadlineMs = performance.now() + READ_WITHIN_MS;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        counter.take(message, partition);
        left -= 1;
      },
    });
    while (left > 0) {
      if (performance.now() > deadlineMs) {
        throw new Error(`${left} records of ${topics.join(', ')} could not be read within ${READ_WITHIN_MS} ms`);
      }
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await consumer.disconnect();
  }
  return counter.counts;
}

async function countRecords(kafka: Kafka, topics: readonly string[]): Promise<number> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    let records = 0;
    for (const topic of topics) {
      for (const { high, low } of await admin.fetchTopicOffsets(topic)) {
        records += Number(high) - Number(low);
      }
    }
    return records;
  } finally {
    await admin.disconnect();
  }
}

class FeedCounter {
  readonly counts: Counts = {
    changes: {},
    tombstones: 0,
    heartbeats: 0,
    transactionMarks: 0,
    schemaChanges: 0,
    repeats: 0,
    withSchema: 0,
    wanted: [],
  };
  readonly #wanted: readonly string[];
  readonly #places = new Set<string>();

  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
  }

  take({ value, offset }: KafkaMessage, partition: number): void {
    const { counts } = this;
    if (value === null) {
      counts.tombstones += 1;
      return;
    }
    const text = value.toString('utf8');
    if (this.#wanted.some((one) => text.includes(one))) {
      counts.wanted.push(`partition ${partition} offset ${offset}: ${text.slice(text.indexOf('"before":'))}`);
    }
    const record = JSON.parse(text) as { readonly payload?: Envelope } & Envelope; // Debezium's
    counts.withSchema += record.payload === undefined ? 0 : 1;
    const { op, source, status, ddl } = record.payload ?? record;
    if (op !== undefined) {
      counts.changes[op] = (counts.changes[op] ?? 0) + 1;
      this.#notePlace(op, source);
    } else if (status !== undefined) {
      counts.transactionMarks += 1;
    } else if (ddl !== undefined) {
      counts.schemaChanges += 1;
    } else {
      counts.heartbeats += 1;
    }
  }

  #notePlace(op: string, source: Envelope['source']): void {
    const place = `${source?.file} ${source?.pos} ${source?.row} ${op === 'd' ? 'd' : ''}`;
    if (op !== 'r' && this.#places.has(place)) {
      this.counts.repeats += 1;
    }
    this.#places.add(place);
  }
}
