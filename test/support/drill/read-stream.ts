/** The whole topic, read with a plain consumer. */
import { randomUUID } from 'node:crypto';
import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs';
import { decodeRecord, type RowText } from './decode-record.ts';
import type { StreamChange, StreamHistory } from './history.ts';

const READ_WITHIN_MS = 30_000;

export function openKafka(brokers: readonly string[]): Kafka {
  return new Kafka({
    clientId: 'drill',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
}

/** @throws Error when the topic cannot be read to the end that it has now, or holds a record that cannot be read */
export async function readStream(brokers: readonly string[], topic: string): Promise<StreamHistory> {
  const kafka = openKafka(brokers);
  const ends = await readEnds(kafka, topic);
  const collected = new StreamCollector(ends);
  const consumer = kafka.consumer({ groupId: `drill-${randomUUID()}`, maxWaitTimeInMs: 100 });
  consumer.on('consumer.crash', ({ payload }) => collected.fail(payload.error));
  const deadline = setTimeout(
    () => collected.fail(new Error(`${topic} could not be read within ${READ_WITHIN_MS} ms`)),
    READ_WITHIN_MS,
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async (payload) => collected.take(payload) });
    return await collected.whole;
  } finally {
    clearTimeout(deadline);
    await consumer.disconnect();
  }
}

async function readEnds(kafka: Kafka, topic: string): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const partitions = await admin.fetchTopicOffsets(topic);
    return new Map(partitions.map(({ partition, high }) => [partition, Number(high)]));
  } finally {
    await admin.disconnect();
  }
}

class StreamCollector {
  readonly #ends: ReadonlyMap<number, number>;
  readonly #nextOf = new Map<number, number>();
  readonly #changesOf = new Map<number, StreamChange[]>();
  readonly #sellerOf = new Map<string, bigint>();
  readonly #whole = Promise.withResolvers<StreamHistory>();

  constructor(ends: ReadonlyMap<number, number>) {
    this.#ends = ends;
    this.#whole.promise.catch(() => {}); // it may fail before anybody waits
    this.#resolveAtEnd();
  }

  get whole(): Promise<StreamHistory> {
    return this.#whole.promise;
  }

  fail(error: Error): void {
    this.#whole.reject(error);
  }

  take({ batch }: EachBatchPayload): void {
    const { partition } = batch;
    const end = this.#ends.get(partition) ?? 0;
    try {
      for (const { offset, value } of batch.messages) {
        // A batch may be handed over again after a rebalance.
        if (Number(offset) >= (this.#nextOf.get(partition) ?? 0) && Number(offset) < end) {
          this.#take(partition, Number(offset), value);
        }
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#resolveAtEnd();
  }

  #take(partition: number, offset: number, value: Buffer | null): void {
    this.#nextOf.set(partition, offset + 1);
    if (value === null) {
      return;
    }
    const { changes, productOrders } = decodeRecord(partition, offset, value);
    const known = this.#changesOf.get(partition) ?? [];
    known.push(...changes);
    this.#changesOf.set(partition, known);
    for (const row of productOrders) {
      this.#noteSeller(row);
    }
  }

  #noteSeller(row: RowText): void {
    const productOrder = row['product_order_no'] ?? '';
    const seller = BigInt(row['seller_no'] ?? '');
    const known = this.#sellerOf.get(productOrder);
    if (known !== undefined && known !== seller) {
      throw new Error(
        `product order ${productOrder} moved from seller ${known} to ${seller}: the load does not do that`,
      );
    }
    this.#sellerOf.set(productOrder, seller);
  }

  #resolveAtEnd(): void {
    if ([...this.#ends].every(([partition, end]) => (this.#nextOf.get(partition) ?? 0) >= end)) {
      const changes = [...this.#ends.keys()].flatMap((partition) => this.#changesOf.get(partition) ?? []);
      this.#whole.resolve({ changes, ends: this.#ends, sellerOf: this.#sellerOf });
    }
  }
}
