/**
 * A batch of changes as SQL text: statements in the order of plan-write.ts, joined into as few packets as the server
 * takes. Nearly always that is one packet from START TRANSACTION to COMMIT, hence one round trip.
 *
 * Table plans are kept per table shape: a catalog that read a table anew gives a new shape and so a new plan.
 */
import { asReplicationError, ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { TableShape } from '../../catalog/table-shape.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import { planWrite, type WriteStep } from '../plan-write.ts';
import type { ShardChange } from '../target-shard.ts';
import { type StatementForm, TablePlan } from './table-plan.ts';

/** What stands before the first and after the last statement of the batch. */
export interface TransactionFrame {
  readonly head: string;
  readonly tail: string;
}

/** Of UTF-8; no UTF-16 code unit takes more. */
const MAX_BYTES_PER_UNIT = 3;

export class MysqlWritePlanner {
  readonly #marker: MarkerColumns;
  readonly #maxRows: number;
  readonly #tables = new WeakMap<TableShape, TablePlan>();

  /** @param maxRows of one statement */
  constructor(marker: MarkerColumns, maxRows: number) {
    this.#marker = marker;
    this.#maxRows = maxRows;
  }

  /**
   * @param maxPacketBytes of one packet, the frame apart
   * @returns packets; at least one
   * @throws ReplicationError ERG_33xx (context: table, changeIndex in `changes`), ERG_3503..ERG_3508
   */
  plan(changes: readonly ShardChange[], frame: TransactionFrame, maxPacketBytes: number): readonly string[] {
    return joinPackets(this.planStatements(changes, maxPacketBytes), frame, maxPacketBytes);
  }

  /** @param maxBytes of one statement */
  planStatements(changes: readonly ShardChange[], maxBytes: number): readonly string[] {
    const progress: { change: ShardChange | undefined } = { change: undefined };
    try {
      const steps = planWrite(changes, (change) => {
        progress.change = change;
        return this.#tablePlanOf(change.table).formOf(change);
      });
      const statements: string[] = [];
      for (const step of steps) {
        renderStep(step, { maxBytes, statements, onRow: progress });
      }
      return statements;
    } catch (error) {
      throw locate(error, changes, progress.change);
    }
  }

  #tablePlanOf(table: TableShape): TablePlan {
    let plan = this.#tables.get(table);
    if (plan === undefined) {
      plan = new TablePlan(table, this.#marker, this.#maxRows);
      this.#tables.set(table, plan);
    }
    return plan;
  }
}

interface StepOutput {
  readonly maxBytes: number;
  readonly statements: string[];
  /** Told which change is being written, so that an error can name it. */
  readonly onRow: { change: ShardChange | undefined };
}

function renderStep({ form, changes }: WriteStep<StatementForm>, { maxBytes, statements, onRow }: StepOutput): void {
  const fixedBytes = bytesAtMost(form.head) + bytesAtMost(form.tail);
  let text = '';
  let rows = 0;
  let bytes = fixedBytes;
  for (const change of changes) {
    onRow.change = change;
    const row = form.render(change);
    const rowBytes = bytesAtMost(row) + form.separator.length;
    if (fixedBytes + rowBytes > maxBytes) {
      checkRowBytes(form, row, maxBytes);
    }
    if (rows > 0 && (rows === form.maxRows || bytes + rowBytes > maxBytes)) {
      statements.push(text + form.tail);
      rows = 0;
      bytes = fixedBytes;
    }
    text = rows === 0 ? form.head + row : text + form.separator + row;
    rows++;
    bytes += rowBytes;
  }
  statements.push(text + form.tail);
}

/** An upper bound is enough to divide a batch and needs no pass over the text. */
function bytesAtMost(text: string): number {
  return text.length * MAX_BYTES_PER_UNIT;
}

function checkRowBytes({ head, tail }: StatementForm, row: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(head) + Buffer.byteLength(row) + Buffer.byteLength(tail);
  if (bytes > maxBytes) {
    throw new ReplicationError('ERG_3305', `expected at most ${maxBytes} bytes of statement, got ${bytes}`);
  }
}

/** A statement alone may use up all of `maxBytes`; the frame comes on top, and half of the server's limit is left for it. */
function joinPackets(statements: readonly string[], frame: TransactionFrame, maxBytes: number): readonly string[] {
  const packets: string[] = [];
  let parts = [frame.head];
  let bytes = 0;
  for (const statement of statements) {
    const statementBytes = bytesAtMost(statement);
    if (bytes > 0 && bytes + statementBytes > maxBytes) {
      packets.push(parts.join(';'));
      parts = [];
      bytes = 0;
    }
    parts.push(statement);
    bytes += statementBytes;
  }
  packets.push([...parts, frame.tail].join(';'));
  return packets;
}

/** Says which change an error is about, so that it can be set aside without dividing the batch. */
function locate(error: unknown, changes: readonly ShardChange[], change: ShardChange | undefined): ReplicationError {
  const known = asReplicationError(error);
  if (change === undefined) {
    return known;
  }
  const reason = known.message.slice(`${known.code}: `.length);
  return new ReplicationError(known.code, `table ${change.table.name}: ${reason}`, {
    cause: known,
    context: { ...known.context, table: change.table.name, changeIndex: changes.indexOf(change) },
  });
}
