/** What a capture has seen and done since its start; outlives its connections. Read by the status. */
import type { CaptureDetail } from '../../protocol/message/actor-status.ts';
import type { CaptureCheckpoint } from '../state/capture-checkpoint-store.ts';

type SchemaChange = CaptureDetail['schemaChanges'][number];

const MAX_SCHEMA_CHANGES = 10;
const MAX_STATEMENT_CHARACTERS = 500;
/** The log stamps whole seconds: an event happened at most this long after its stamp. */
const STAMP_ROUNDING_MS = 999;

export class CaptureProgress {
  transactions = 0;
  changes = 0;
  records = 0;
  ignored = 0;
  acknowledged: CaptureCheckpoint | undefined;
  /** Captured tables that the source does not have now. */
  missingTables: readonly string[] = [];
  readonly #moved = new Map<string, number>();
  #newestMs: number;
  /** Since when something read waits for Kafka without any progress, wall ms. */
  #unsentMs: number | undefined;
  #schemaChanges: readonly SchemaChange[] = [];

  /** @param startedMs wall time; the lag runs from here until the source was heard */
  constructor(startedMs: number) {
    this.#newestMs = startedMs;
  }

  /** The latest moment at which an event with this stamp can have happened. */
  sawEvent(stampMs: number, wallMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, Math.min(stampMs + STAMP_ROUNDING_MS, wallMs));
  }

  /** The source said that it has nothing newer. */
  sawSilence(wallMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, wallMs);
  }

  /** Something read waits for Kafka. */
  sawUnsent(wallMs: number): void {
    this.#unsentMs ??= wallMs;
  }

  /** Kafka acknowledged something; more may be waiting. */
  sawSent(wallMs: number, isAllSent: boolean): void {
    this.#unsentMs = isAllSent ? undefined : wallMs;
  }

  /** A row got another record key. @returns true for the first of its table */
  sawMoved(table: string): boolean {
    const before = this.#moved.get(table) ?? 0;
    this.#moved.set(table, before + 1);
    return before === 0;
  }

  /** Tables with rows that got another record key, and how many. */
  get moved(): ReadonlyMap<string, number> {
    return this.#moved;
  }

  sawSchemaChange(change: SchemaChange): void {
    const statement = change.statement.slice(0, MAX_STATEMENT_CHARACTERS);
    this.#schemaChanges = [{ ...change, statement }, ...this.#schemaChanges].slice(0, MAX_SCHEMA_CHANGES);
  }

  describe(topic: string, wallMs: number): CaptureDetail {
    return {
      kind: 'capture',
      topic,
      binlogFile: this.acknowledged?.binlogFile ?? '',
      binlogPosition: this.acknowledged?.binlogPosition ?? 0,
      transactions: this.transactions,
      changes: this.changes,
      records: this.records,
      ignored: this.ignored,
      lagSeconds: Math.max(0, wallMs - this.#newestMs, wallMs - (this.#unsentMs ?? wallMs)) / 1_000,
      schemaChanges: this.#schemaChanges,
    };
  }
}
