/**
 * Looks at the committed offsets of all sinks again and again while a drill runs, and after each look at where the logs of
 * the targets end: what was committed must be before that. The ends are read from the files, so a server that is down is seen too.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { PIPELINES } from './expected-places.ts';
import { findCovered } from './find-covered.ts';
import { type LogPlace, type OffsetSample, partitionName } from './history.ts';
import { openKafka } from './read-stream.ts';

export interface OffsetWatchOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupOf: (pipeline: string, partition: number) => string;
  /** Target to the data folder of its server. */
  readonly logFolders: ReadonlyMap<string, string>;
}

const LOOK_EVERY_MS = 150;
const NO_OFFSET = '-1';

export class OffsetWatch {
  readonly #options: OffsetWatchOptions;
  readonly #samples: OffsetSample[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #latest: Promise<unknown> = Promise.resolve();
  #admin: Admin | undefined;
  #phase = 0;
  #lastError: unknown;

  constructor(options: OffsetWatchOptions) {
    this.#options = options;
  }

  get samples(): readonly OffsetSample[] {
    return this.#samples;
  }

  /** Why the latest look failed; undefined after one that did not. */
  get lastError(): unknown {
    return this.#lastError;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Looks stand in the order in which they were taken. @throws Error when Kafka or a log cannot be read now */
  look(): Promise<OffsetSample> {
    return this.#inTurn(() => this.#look());
  }

  /**
   * Sets every sink back as an operator would, with nothing running: what follows is not compared with what was before.
   *
   * @param setBack the committed offset to the one to go back to
   * @throws Error when a group still has members
   */
  rewind(setBack: (committed: number) => number): Promise<OffsetSample> {
    return this.#inTurn(async () => {
      const { topic, groupOf } = this.#options;
      const admin = await this.#getAdmin();
      const { committed } = await this.#look();
      // Together: each of these joins its group, which takes seconds.
      await Promise.all(
        [...committed].map(([name, offset]) => {
          const [pipeline = '', partition = ''] = name.split('/');
          return admin.setOffsets({
            groupId: groupOf(pipeline, Number(partition)),
            topic,
            partitions: [{ partition: Number(partition), offset: String(setBack(offset)) }],
          });
        }),
      );
      this.#phase++;
      return this.#look();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#dropAdmin();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const working = this.#latest.then(work);
    this.#latest = working.catch(() => {});
    return working;
  }

  async #look(): Promise<OffsetSample> {
    const admin = await this.#getAdmin();
    const { topic, groupOf, logFolders } = this.#options;
    const before = await readEnds(admin, topic);
    const committed = new Map<string, number>();
    await Promise.all(
      PIPELINES.flatMap((pipeline) =>
        [...before.keys()].map(async (partition) => {
          const [answer] = await admin.fetchOffsets({ groupId: groupOf(pipeline, partition), topics: [topic] });
          const found = answer?.partitions.find((one) => one.partition === partition);
          if (found !== undefined && found.offset !== NO_OFFSET) {
            committed.set(partitionName(pipeline, partition), findCovered(Number(found.offset), found.metadata ?? ''));
          }
        }),
      ),
    );
    const places = new Map<string, LogPlace>();
    for (const [target, folder] of logFolders) {
      places.set(target, await readLogEnd(folder));
    }
    const sample = { phase: this.#phase, committed, ends: await readEnds(admin, topic), places };
    this.#samples.push(sample);
    return sample;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.look();
        this.#lastError = undefined;
      } catch (error) {
        this.#lastError = error; // Kafka may be away on purpose
        await this.#dropAdmin();
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  async #getAdmin(): Promise<Admin> {
    if (this.#admin === undefined) {
      const admin = openKafka(this.#options.brokers).admin();
      await admin.connect();
      this.#admin = admin;
    }
    return this.#admin;
  }

  async #dropAdmin(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.disconnect().catch(() => {});
  }
}

async function readEnds(admin: Admin, topic: string): Promise<ReadonlyMap<number, number>> {
  const partitions = await admin.fetchTopicOffsets(topic);
  return new Map(partitions.map(({ partition, high }) => [partition, Number(high)]));
}

async function readLogEnd(folder: string): Promise<LogPlace> {
  const names = (await readFile(join(folder, 'binlog.index'), 'utf8')).trim().split('\n');
  const name = names.at(-1) ?? '';
  const { size } = await stat(join(folder, name));
  return { file: Number(/\.(\d+)$/.exec(name)?.[1]), position: size };
}
