/** A lane in front of a writer whose answers the test decides. */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { FailureWindow } from '../../actors/sink/failure-window.ts';
import { Lane } from '../../actors/sink/lane.ts';
import type { ShardChange, ShardWriter } from '../../actors/target/target-shard.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { ManualClock } from './manual-clock.ts';
import { anEntry, aTable } from './sink-builders.ts';

export const fail = (code: ErrorCode, context = {}) => new ReplicationError(code, 'as told', { context });

export class LaneRig implements ShardWriter {
  readonly clock = new ManualClock();
  readonly tries: string[][] = [];
  readonly written: string[] = [];
  readonly refused: [string, string][] = [];
  readonly fenced: string[] = [];
  readonly dropped: string[] = [];
  leftOut: string | undefined;
  refreshes = 0;
  /** What a refresh finds. */
  changesTable = false;
  /** The same, always. */
  renewed: readonly TableShape[] = [];
  random = () => 0;
  /** Answers a write: undefined lets it pass. */
  answer: (keys: readonly string[], tries: number) => ReplicationError | undefined = () => undefined;
  readonly lane = new Lane({
    shard: 'seller0',
    lane: 0,
    writer: this,
    limits: {
      minRows: 4,
      maxRows: 64,
      maxBytes: 100_000,
      growBelow: 50,
      shrinkAbove: 100,
      flush: 'whenIdle',
      window: 100,
    },
    onWritten: (entries) => {
      this.#failures.sawWritten(entries);
      this.#note(() => this.written.push(...entries.map(({ key }) => key)));
    },
    onWaiting: (entry) => this.#failures.sawWaiting(entry),
    mayRefuse: (entry, error) => !this.#failures.sawRefused(entry, error.code),
    onRefused: (entry, all, error) =>
      this.#note(() => this.refused.push([all.map(({ key }) => key).join('+'), `${entry.key} ${error.code}`])),
    onDropped: (entries) => this.dropped.push(...entries.map(({ key }) => key)),
    isLeftOut: (table) => table === this.leftOut,
    onRetry: () => {},
    onFenced: (error) => this.#note(() => this.fenced.push(error.code)),
    refreshTables: async () => {
      this.refreshes += 1;
    },
    renewRow: (row) => {
      const known = this.renewed.find(({ name }) => name === row.last.table.name) ?? row.last.table;
      const table = this.changesTable ? aTable() : known;
      return table === row.last.table ? row : { ...row, last: { ...row.last, table } };
    },
    clock: this.clock,
    logger: silentLogger,
    random: () => this.random(),
  });
  readonly #failures = new FailureWindow();
  readonly #waiting = new Set<() => void>();

  async write(changes: readonly ShardChange[]): Promise<void> {
    const keys = changes.map(({ key }) => key);
    this.tries.push(keys);
    const error = this.answer(keys, this.tries.length);
    if (error !== undefined) {
      throw error;
    }
  }

  async close(): Promise<void> {}

  push(...keys: string[]): void {
    for (const key of keys) {
      this.lane.push(anEntry({ key }));
    }
  }

  /** Resolves when so many entries are written or refused. */
  until(settled: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        const refused = this.refused.reduce((sum, [all]) => sum + all.split('+').length, 0);
        if (this.written.length + refused >= settled) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  untilFenced(): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.fenced.length > 0) {
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  #note(change: () => void): void {
    change();
    for (const check of this.#waiting) {
      check();
    }
  }
}
