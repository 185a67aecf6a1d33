/**
 * Damages one row that is reserved for it. Its lane is held, the row is looked at, and only one that is right now is changed:
 * one column, or the whole row, under guard and fence, with the version that it has, so that every later change still wins.
 * When it is right again it gets that version back in the same way.
 *
 * No lane stands still for longer than its limit, but for a write that has begun.
 */
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { compareSeq } from '../../protocol/change/sequence.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CanaryAnswer, CanaryRequest, CanaryReturn } from '../../protocol/message/canary-message.ts';
import { cellsOf } from '../../protocol/verify/row-name.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';
import type { ShardChange } from '../target/target-shard.ts';
import { isRefusing } from './answer-repair.ts';
import type { Lane } from './lane.ts';
import type { LaneHold } from './lane-hold.ts';
import { chooseMutation, copyRow, listMutations, type RowMutation } from './mutate-row.ts';
import type { RepairRoundOptions } from './repair-round.ts';

export interface CanaryRoundOptions extends Pick<RepairRoundOptions, 'witness' | 'onFenced' | 'clock'> {
  readonly request: CanaryRequest | CanaryReturn;
  /** At the target. */
  readonly table: TableShape;
  readonly marker: MarkerColumns;
  /** Of the request: those that may be changed. */
  readonly columns: readonly string[];
  /** As it is at the target; undefined: it is not there. */
  readonly readRow: () => Promise<RowImage | undefined>;
  /** What is there is a reserved row. */
  readonly isReserved: (row: RowImage) => boolean;
  readonly lanesOf: (row: RowImage) => readonly Lane[];
  readonly findRefusal: () => ReplicationError | undefined;
}

/** Who has waited in line for so long has given up. */
const MAX_WAIT_MS = 10_000;
/** For each of: the first look, the lanes to come to the row, the look that decides. */
const STEP_MS = 5_000;

export class CanaryRound {
  readonly #options: CanaryRoundOptions;
  readonly #answered = Promise.withResolvers<CanaryAnswer>();
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #holds: LaneHold[] = [];
  readonly #arrivedMs: number;
  #isOver = false;

  constructor(options: CanaryRoundOptions) {
    this.#options = options;
    this.#arrivedMs = options.clock.monotonicMs();
  }

  get answered(): Promise<CanaryAnswer> {
    return this.#answered.promise;
  }

  /** Never rejects; it is answered then. */
  async run(): Promise<void> {
    try {
      this.#answered.resolve(await this.#damage());
    } catch (error) {
      this.#answered.resolve(refuseCanary(asReplicationError(error)));
    } finally {
      for (const hold of this.#holds) {
        hold.release();
      }
    }
  }

  /** Writes nothing more. */
  end(error: ReplicationError): void {
    this.#isOver = true;
    this.#answered.resolve(refuseCanary(error));
    this.#ended.resolve(undefined);
  }

  async #damage(): Promise<CanaryAnswer> {
    if (this.#options.clock.monotonicMs() - this.#arrivedMs > MAX_WAIT_MS) {
      throw new ReplicationError('ERG_5203', 'the damage waited in line for too long');
    }
    const hold = await this.#holdLanes();
    if (hold === undefined) {
      return UNEQUAL;
    }
    const refusal = this.#options.findRefusal(); // it may have been left out meanwhile
    if (refusal !== undefined) {
      return refuseCanary(refusal);
    }
    const row = await this.#within(this.#readRight());
    return row === undefined ? UNEQUAL : await this.#write(hold, row);
  }

  /** Undefined when the row is not there. */
  async #holdLanes(): Promise<LaneHold | undefined> {
    const { readRow, lanesOf } = this.#options;
    const row = await this.#within(readRow());
    if (row === undefined) {
      return undefined;
    }
    const lanes = lanesOf(row);
    const trouble = lanes.find((lane) => lane.trouble !== undefined)?.trouble;
    if (trouble !== undefined) {
      throw new ReplicationError('ERG_5202', trouble.error.message);
    }
    this.#holds.push(...lanes.map((lane) => lane.hold()));
    const reached = await this.#within(Promise.all(this.#holds.map((hold) => hold.reached)));
    if (!reached.every((is) => is)) {
      throw new ReplicationError('ERG_5204', 'the sink ends');
    }
    return this.#holds[0];
  }

  /** Undefined when it is not what its source row says, so that what is found later would not be the canary. */
  async #readRight(): Promise<RowImage | undefined> {
    const { witness, request, readRow, isReserved } = this.#options;
    const row = await readRow();
    if (row === undefined) {
      return undefined;
    }
    if (!isReserved(row)) {
      throw new ReplicationError('ERG_5208', 'the row at the target does not have the values of a reserved one');
    }
    const [verdict] = await witness.look([request.row]);
    if (verdict?.kind === 'unreadable') {
      throw verdict.error;
    }
    return verdict?.kind === 'equal' && verdict.digest !== null ? row : undefined;
  }

  async #write(hold: LaneHold, row: RowImage): Promise<CanaryAnswer> {
    const { request, table, columns } = this.#options;
    if ('version' in request) {
      return await this.#send(hold, this.#buildReturn(request.version, row), {});
    }
    const mutation = chooseMutation(listMutations(table, row, columns), request.turn);
    if (mutation === undefined) {
      throw new ReplicationError('ERG_5208', `nothing of a row of ${table.name} can be changed`);
    }
    const { change, column } = mutation;
    return await this.#send(hold, this.#buildDamage(mutation, row), { change, column });
  }

  /** @param change undefined: it is written already */
  async #send(
    hold: LaneHold,
    change: ShardChange | undefined,
    done: Pick<CanaryAnswer, 'change' | 'column'>,
  ): Promise<CanaryAnswer> {
    if (this.#isOver || hold.isReleased) {
      throw new ReplicationError('ERG_5204', 'the sink ends');
    }
    const error = change === undefined ? undefined : await hold.write([change]);
    if (error?.class === 'fenced') {
      this.#options.onFenced(error);
    }
    return error === undefined ? { outcome: 'written', message: '', ...done } : refuseCanary(error);
  }

  #buildDamage({ change, image }: RowMutation, row: RowImage): ShardChange {
    const version = textOf(row, this.#options.marker.version);
    // Of a row without any it stays as it is.
    const isLowered = change === 'stale' && version !== null && BigInt(version) > 0n;
    const seq = isLowered ? String(BigInt(version) - 1n) : (version ?? '0');
    return { ...this.#build(row, image), seq, writer: 'canary', replaces: isLowered ? version : undefined };
  }

  /** The row as it is, with a version that it had. Undefined when it has that, or an older one. */
  #buildReturn(seq: string, row: RowImage): ShardChange | undefined {
    const { table, marker, columns } = this.#options;
    const version = textOf(row, marker.version);
    return version === null || compareSeq(version, seq) <= 0
      ? undefined
      : { ...this.#build(row, copyRow(table, row, columns)), seq, replaces: version };
  }

  /** A version that is lowered replaces the one that was seen. */
  #build(row: RowImage, image: RowImage | null): Omit<ShardChange, 'seq'> {
    const { request, table, marker } = this.#options;
    return {
      table,
      op: image === null ? 'delete' : 'upsert',
      key: request.row.rowKey,
      keyCells: cellsOf(request.row.targetKey),
      image,
      commitTime: textOf(row, marker.commitTime),
    };
  }

  /** @throws ReplicationError ERG_5203 when it takes too long, or ERG_5204 */
  async #within<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const refuse = (error: ReplicationError) => late.reject(error);
    const cancel = this.#options.clock.after(STEP_MS, () =>
      refuse(new ReplicationError('ERG_5203', 'the row was not held and looked at in time')),
    );
    this.#ended.promise.then(() => refuse(new ReplicationError('ERG_5204', 'the sink ends')));
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
    }
  }
}

const UNEQUAL: CanaryAnswer = { outcome: 'unequal', message: 'the row is not what its source row says' };

export function refuseCanary(error: ReplicationError): CanaryAnswer {
  return { outcome: isRefusing(error) ? 'refused' : 'failed', code: error.code, message: error.message };
}

function textOf(row: RowImage, column: string): string | null {
  const cell = findCell(row, column);
  return typeof cell === 'string' ? cell : null;
}
