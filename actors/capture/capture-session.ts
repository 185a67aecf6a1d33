/**
 * One connection to the source and one to Kafka, from a checkpoint until either is lost or the capture is drained. What
 * was read and not acknowledged is forgotten with the session; the next one reads it again.
 *
 * One send is under way at a time and takes all that arrived meanwhile, so a quiet source is sent at once and a busy one
 * in large batches. Held bytes are bounded: above the high mark the log is not read, until half of it is sent.
 *
 * Idle: when nothing was sent for the heartbeat time and the source has been heard within it, a heartbeat record goes to
 * each partition. It carries our wall time, so it proves the way from the source's log to the sink, and a sink can tell
 * a quiet source from a dead one. Nothing is written to the source for it.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';
import type { CaptureCheckpoint } from '../state/capture-checkpoint-store.ts';
import type { ChangeProducer } from '../stream/change-producer.ts';
import type { BinlogEvent, BinlogReader } from './binlog-reader.ts';
import type { CaptureProgress } from './capture-progress.ts';
import { CaptureReading } from './capture-reading.ts';
import type { CaptureSource, SourceSurvey } from './capture-source.ts';
import { encodeHeartbeatRecord } from './encode-record.ts';
import { Outbox } from './outbox.ts';
import type { StatementMeaning } from './read-statement.ts';

export interface CaptureSessionOptions {
  readonly name: string;
  /** Schema (database) of the captured tables. */
  readonly schema: string;
  readonly settings: CaptureSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: CaptureProgress;
  readonly source: CaptureSource;
  readonly producer: ChangeProducer;
  readonly partitions: number;
  readonly from: CaptureCheckpoint;
  readonly survey: SourceSurvey;
  readonly onAcknowledged: (checkpoint: CaptureCheckpoint) => void;
}

/** Guess: some seconds of a busy source; both marks count what is queued, in flight and gathered. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Above what one transaction can hold back, so that reading always goes on in the end. */
const RESUME_BELOW_BYTES = MAX_HELD_BYTES / 2;
const BATCH = { maxRecords: 5_000, maxBytes: 2 * 1024 * 1024 };
/** Heartbeats of the source that may be late before we stop vouching for it. */
const ALIVE_FOR_HEARTBEATS = 3;

type PauseReason = 'held' | 'columns';

export class CaptureSession {
  readonly #options: CaptureSessionOptions;
  readonly #outbox = new Outbox<CaptureCheckpoint>();
  readonly #reading: CaptureReading;
  readonly #reader: BinlogReader;
  readonly #failed = Promise.withResolvers<never>();
  readonly #pausedFor = new Set<PauseReason>();
  #wake: (() => void) | undefined;
  #cancelHeartbeat: (() => void) | undefined;
  #inFlightBytes = 0;
  #mostHeldBytes = 0;
  #ignoredBefore = 0;
  #heardAtMs = 0;
  #sentAtMs = 0;
  #isDraining = false;
  #hasEnded = false;

  constructor(options: CaptureSessionOptions) {
    const { settings, progress, logger, partitions } = options;
    this.#options = options;
    this.#failed.promise.catch(() => {}); // run() listens from its first step on, which may come later
    this.#ignoredBefore = progress.ignored;
    this.#reading = new CaptureReading({
      epoch: settings.epoch,
      partitions,
      captured: { schema: options.schema, tables: new Set(Object.keys(settings.tables)) },
      progress,
      logger,
      wallMs: () => options.clock.wallMs(),
      put: (record) => this.#outbox.put(record),
      mark: (checkpoint) => this.#outbox.mark(checkpoint),
      onSchemaChange: (meaning) => this.#takeSchemaChange(meaning),
    });
    this.#reader = options.source.openReader(options.survey, {
      onEvent: (event) => this.#take(event),
      onFailed: (error) => this.#failed.reject(error),
    });
  }

  /** Most bytes that were held at one time. */
  get mostHeldBytes(): number {
    return this.#mostHeldBytes;
  }

  /** Resolves when drained. @param onReading called once, when the log is being read. @throws ReplicationError */
  async run(onReading: () => void): Promise<void> {
    const { producer, from, survey } = this.#options;
    this.#noteMissing(survey);
    try {
      await this.#orFailed(producer.start());
      this.#touch();
      await this.#orFailed(this.#reader.start({ file: from.binlogFile, position: from.binlogPosition }));
      onReading();
      this.#awaitIdle();
      await this.#orFailed(this.#pump());
    } finally {
      await this.#close();
    }
  }

  /** Reads no further; run() resolves when what was read is acknowledged. */
  drain(): void {
    this.#isDraining = true;
    this.#reader.stop().catch((error: unknown) => this.fail(error));
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failed.reject(asReplicationError(error));
  }

  #orFailed<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed.promise]);
  }

  async #close(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelHeartbeat?.();
    this.#wake?.();
    await Promise.allSettled([this.#reader.stop(), this.#options.producer.stop()]);
  }

  #touch(): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
    this.#sentAtMs = this.#heardAtMs;
  }

  #take(event: BinlogEvent): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
    this.#reading.take(event);
    this.#options.progress.ignored = this.#ignoredBefore + this.#reader.ignored;
    if (this.#heldBytes() > MAX_HELD_BYTES) {
      this.#pause('held');
    }
    if (!this.#outbox.isEmpty) {
      this.#options.progress.sawUnsent(this.#options.clock.wallMs());
    }
    this.#wake?.();
  }

  #heldBytes(): number {
    const bytes = this.#outbox.bytes + this.#inFlightBytes + this.#reading.heldBytes;
    this.#mostHeldBytes = Math.max(this.#mostHeldBytes, bytes);
    return bytes;
  }

  #pause(reason: PauseReason): void {
    if (this.#pausedFor.size === 0) {
      this.#reader.pause();
    }
    this.#pausedFor.add(reason);
  }

  #resume(reason: PauseReason): void {
    if (this.#pausedFor.delete(reason) && this.#pausedFor.size === 0 && !this.#hasEnded) {
      this.#reader.resume();
    }
  }

  async #pump(): Promise<void> {
    while (!this.#hasEnded) {
      if (!this.#outbox.isEmpty) {
        await this.#sendNext();
      } else if (this.#isDraining) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }

  async #sendNext(): Promise<void> {
    const batch = this.#outbox.take(BATCH);
    if (batch.records.length > 0) {
      this.#inFlightBytes = batch.bytes;
      await this.#options.producer.send(batch.records);
      this.#inFlightBytes = 0;
      this.#sentAtMs = this.#options.clock.monotonicMs();
    }
    if (this.#hasEnded) {
      return; // a newer session may be at work
    }
    this.#options.progress.sawSent(this.#options.clock.wallMs(), this.#outbox.isEmpty);
    if (batch.mark !== undefined) {
      this.#options.onAcknowledged(batch.mark);
    }
    if (this.#heldBytes() < RESUME_BELOW_BYTES) {
      this.#resume('held');
    }
  }

  #awaitIdle(): void {
    const { clock, settings } = this.#options;
    const idleForMs = clock.monotonicMs() - this.#sentAtMs;
    if (idleForMs >= settings.heartbeat) {
      this.#sendHeartbeats();
      this.#sentAtMs = clock.monotonicMs();
    }
    const untilIdleMs = this.#sentAtMs + settings.heartbeat - clock.monotonicMs();
    this.#cancelHeartbeat = clock.after(Math.max(1, untilIdleMs), () => this.#awaitIdle());
  }

  #sendHeartbeats(): void {
    const { clock, settings, name, partitions } = this.#options;
    const silentMs = clock.monotonicMs() - this.#heardAtMs;
    const isAlive = silentMs <= ALIVE_FOR_HEARTBEATS * settings.heartbeat;
    if (!isAlive || this.#inFlightBytes > 0 || !this.#outbox.isEmpty) {
      return;
    }
    const value = encodeHeartbeatRecord(clock.wallMs(), name);
    for (let partition = 0; partition < partitions; partition += 1) {
      this.#outbox.put({ key: 'ergate-heartbeat', value, partition });
    }
    this.#wake?.();
  }

  /** The log waits meanwhile: the rows behind the statement are checked against the table as it is after it. */
  #takeSchemaChange(meaning: StatementMeaning): void {
    const { logger, source } = this.#options;
    logger.event('capture.schema.changed', { effect: meaning.effect, tables: meaning.tables.join(',') });
    if (meaning.effect === 'emptied') {
      logger.event('capture.table.lost', { tables: meaning.tables.join(','), effect: meaning.effect });
    }
    this.#pause('columns');
    source.survey().then(
      (survey) => {
        this.#reader.useDefinitions(survey);
        this.#noteMissing(survey);
        this.#resume('columns');
      },
      (error: unknown) => this.fail(error),
    );
  }

  #noteMissing(survey: SourceSurvey): void {
    const { settings, progress, logger } = this.#options;
    const missing = Object.keys(settings.tables).filter((table) => !survey.columns.has(table));
    const news = missing.filter((table) => !progress.missingTables.includes(table));
    progress.missingTables = missing;
    if (news.length > 0) {
      logger.event('capture.table.lost', { tables: news.join(','), effect: 'missing' });
    }
  }
}

/** @throws ReplicationError ERG_1506 when a captured table that exists lacks a column of its record key. */
export function assertRecordKeys(settings: CaptureSettings, survey: SourceSurvey): void {
  for (const [table, { recordKey }] of Object.entries(settings.tables)) {
    const columns = survey.columns.get(table);
    const missing = columns === undefined ? undefined : recordKey.find((column) => !columns.has(column));
    if (missing !== undefined) {
      throw new ReplicationError('ERG_1506', `table ${table}: expected column ${missing} of the record key`);
    }
  }
}
