/**
 * Reads the target tables of every pipeline and shard once a minute for all sinks, which would otherwise each read them.
 *
 * It serves while its supervisor leads. Truth is the target: a sink that has another version than we have makes us read
 * again before we answer, so an answer is never older than what its asker knew. Nothing depends on it: a sink that gets no
 * answer reads for itself.
 */
import { randomUUID } from 'node:crypto';
import { encodeSnapshot } from '../../actors/catalog/table-snapshot.ts';
import type { Answer, MessageBus } from '../../actors/runtime/message-bus.ts';
import type { TargetShard } from '../../actors/target/target-shard.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Envelope } from '../../protocol/message/envelope.ts';
import { MAX_MESSAGE_BYTES } from '../../protocol/message/message-codec.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { ShardReader } from './shard-reader.ts';

/** One shard of the target of one pipeline. */
export interface WatchedShard {
  readonly pipeline: string;
  /** Of fingerprint-target.ts. */
  readonly fingerprint: string;
  /** Target tables of the pipeline. */
  readonly tables: readonly string[];
  readonly shard: Pick<TargetShard, 'name' | 'readTables' | 'close'>;
}

export interface CatalogServiceParts {
  readonly environment: string;
  readonly bus: MessageBus;
  /** Called when it starts; the shards are closed when it stops. */
  readonly openShards: () => readonly WatchedShard[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly everyMs?: number;
}

/** How long a new column may go unnoticed. */
const READ_EVERY_MS = 60_000;
/** JSON is the longer form, so what fits as JSON fits into a message. */
const MAX_SNAPSHOT_BYTES = MAX_MESSAGE_BYTES - 64 * 1024;

export class CatalogService {
  readonly #parts: CatalogServiceParts;
  readonly #subjects: ReturnType<typeof buildSubjects>;
  #readers = new Map<string, ShardReader>();
  #running: DisposableStack | undefined;

  constructor(parts: CatalogServiceParts) {
    this.#parts = parts;
    this.#subjects = buildSubjects(parts.environment);
  }

  /** Idempotent. */
  start(): void {
    if (this.#running !== undefined) {
      return;
    }
    const { bus, clock, log, openShards, everyMs = READ_EVERY_MS } = this.#parts;
    const running = new DisposableStack();
    this.#running = running;
    for (const { pipeline, shard, tables, fingerprint } of openShards()) {
      const reader = new ShardReader({
        shard,
        tables,
        everyMs,
        clock,
        log: log.child({ pipeline, shard: shard.name }),
        onChanged: () => this.#publish(pipeline, shard.name),
      });
      this.#readers.set(keyOf({ pipeline, shard: shard.name, fingerprint }), reader);
      running.defer(() => {
        reader.stop();
        void shard.close();
      });
      reader.start();
    }
    running.use(bus.serve(this.#subjects.schemaTables, (message) => this.#answer(message)));
  }

  /** Idempotent; may be started again. */
  stop(): void {
    this.#running?.dispose();
    this.#running = undefined;
    this.#readers = new Map();
  }

  #publish(pipeline: string, shard: string): void {
    const message = { type: 'schema.changed', id: randomUUID(), epoch: 0, body: { pipeline, shard } };
    this.#parts.bus.publish(this.#subjects.schemaChanged, message);
  }

  async #answer({ body }: Envelope): Promise<Answer> {
    const { have, ...asked } = (body ?? {}) as Readonly<Record<string, unknown>>; // any fields, checked here
    const reader = this.#readers.get(keyOf(asked));
    if (reader === undefined) {
      return failed('the settings of the supervisor have no such pipeline and shard');
    }
    const snapshot = await reader.read(typeof have === 'string' ? have : undefined);
    if (snapshot === undefined) {
      return failed('the tables could not be read');
    }
    if (snapshot.version === have) {
      return { code: 'OK', message: '', maxEpoch: 0, body: { same: true } };
    }
    const encoded = encodeSnapshot(snapshot);
    return Buffer.byteLength(JSON.stringify(encoded)) > MAX_SNAPSHOT_BYTES
      ? failed('the tables do not fit into one message')
      : { code: 'OK', message: '', maxEpoch: 0, body: encoded };
  }
}

function keyOf({ pipeline, shard, fingerprint }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([pipeline, shard, fingerprint]);
}

function failed(message: string): Answer {
  return { code: 'FAILED', message, maxEpoch: 0 };
}
