/**
 * The reading half of a capture: from log events to encoded records and marks in the outbox. Synchronous; what it cannot
 * go on with it throws, and the reader ends with that.
 */
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { CaptureCheckpoint } from '../state/capture-checkpoint-store.ts';
import type { ProducedRecord } from '../stream/change-producer.ts';
import { choosePartition } from '../stream/choose-partition.ts';
import type { BinlogEvent, LogPlace } from './binlog-reader.ts';
import type { CaptureProgress } from './capture-progress.ts';
import { encodeChangeRecord } from './encode-record.ts';
import { type GroupedRecord, SPLIT_LIMITS, TransactionGrouper } from './group-transaction.ts';
import { type CapturedSchema, readStatement, type StatementMeaning } from './read-statement.ts';

export interface CaptureReadingOptions {
  readonly epoch: number;
  readonly partitions: number;
  readonly captured: CapturedSchema;
  readonly progress: CaptureProgress;
  readonly logger: Logger;
  readonly wallMs: () => number;
  readonly put: (record: ProducedRecord) => void;
  readonly mark: (checkpoint: CaptureCheckpoint) => void;
  readonly onSchemaChange: (meaning: StatementMeaning) => void;
}

export class CaptureReading {
  readonly #options: CaptureReadingOptions;
  readonly #grouper: TransactionGrouper;
  #start: LogPlace = { file: '', position: 0 };
  #fileNumber = 0;
  #commitTimeMs = 0;
  #gtid = '';

  constructor(options: CaptureReadingOptions) {
    this.#options = options;
    this.#grouper = new TransactionGrouper(
      (record) => this.#give(record),
      SPLIT_LIMITS,
      (table) => this.#noteMoved(table),
    );
  }

  get heldBytes(): number {
    return this.#grouper.heldBytes;
  }

  /** @throws ReplicationError ERG_1503, ERG_1505 */
  take(event: BinlogEvent): void {
    const { progress, wallMs } = this.#options;
    switch (event.kind) {
      case 'begin':
        this.#start = event.start;
        this.#fileNumber = readFileNumber(event.start.file);
        this.#commitTimeMs = event.commitTimeMs;
        this.#gtid = event.gtid;
        progress.sawEvent(event.commitTimeMs, wallMs());
        return;
      case 'rows':
        progress.changes += event.rows.length;
        for (const row of event.rows) {
          this.#grouper.add(event.op, event.layout, row);
        }
        return;
      case 'statement':
        this.#takeStatement(event);
        return;
      case 'end':
        this.#end(event);
        return;
      case 'moved':
        this.#mark(event.next);
        return;
      case 'alive':
        progress.sawSilence(wallMs());
    }
  }

  #end({ outcome, next }: Extract<BinlogEvent, { kind: 'end' }>): void {
    if (outcome === 'committed') {
      this.#options.progress.transactions += this.#grouper.isEmpty ? 0 : 1;
      this.#grouper.finish();
    } else if (outcome === 'incomplete') {
      if (this.#grouper.givenRecords > 0) {
        this.#options.logger.event('capture.transaction.incomplete', { ...this.#start, gtid: this.#gtid });
      }
      this.#grouper.discard();
    } else if (!this.#grouper.isEmpty) {
      throw new ReplicationError(
        'ERG_1505',
        `the transaction at ${this.#start.file}:${this.#start.position} (${this.#gtid}) was ${outcome}`,
      );
    }
    this.#mark(next);
  }

  #takeStatement({ text, schema, atMs }: Extract<BinlogEvent, { kind: 'statement' }>): void {
    const meaning = readStatement(text, schema, this.#options.captured);
    if (meaning === undefined) {
      return;
    }
    if (meaning.effect === 'unlogged') {
      throw new ReplicationError(
        'ERG_1503',
        `rows of ${meaning.tables.join(', ')} were changed by a statement that is not logged as rows, ` +
          `at ${this.#start.file}:${this.#start.position}`,
      );
    }
    for (const table of meaning.tables) {
      this.#options.progress.sawSchemaChange({ atMs, table, statement: text });
    }
    this.#options.onSchemaChange(meaning);
  }

  #give({ key, ordinal, changes }: GroupedRecord): void {
    const { epoch, partitions, progress, put } = this.#options;
    const position: SourcePosition = { epoch, file: this.#fileNumber, position: this.#start.position, ordinal };
    progress.records += 1;
    put({
      key,
      value: encodeChangeRecord({ commitTimeMs: this.#commitTimeMs, position }, changes),
      partition: choosePartition(key, partitions),
    });
  }

  #noteMoved(table: string): void {
    const { progress, logger } = this.#options;
    if (progress.sawMoved(table)) {
      logger.event('capture.record-key.changed', { table, ...this.#start });
    }
  }

  #mark(place: LogPlace): void {
    const { epoch, mark } = this.#options;
    mark({ epoch, binlogFile: place.file, binlogPosition: place.position, gtid: this.#gtid });
  }
}

/** 3 of "order-bin.000003". */
function readFileNumber(file: string): number {
  const digits = /\.(\d+)$/.exec(file)?.[1];
  if (digits === undefined) {
    throw new ReplicationError('ERG_1509', `expected the name of a log file to end in its number, got ${file}`);
  }
  return Number(digits);
}
