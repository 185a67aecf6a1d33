/**
 * Takes the repairs that a sink is asked for: one round of them at a time on each shard (repair-round.ts), a bounded number in
 * line. What cannot be done now is answered at once: whoever asked keeps the row in mind and asks again.
 */
import { joinRecordKey } from '../../protocol/change/record-key.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CanaryAnswer, CanaryRequest, CanaryReturn } from '../../protocol/message/canary-message.ts';
import type { RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import type { KnownTables } from '../route/known-tables.ts';
import { hashRecordKey } from '../route/record-context.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { TableRoute } from '../route/table-route.ts';
import type { RowVerdict } from '../row/row-witness.ts';
import { answerError } from './answer-repair.ts';
import { type CanaryRound, refuseCanary } from './canary-round.ts';
import type { Lane } from './lane.ts';
import type { LaneHold } from './lane-hold.ts';
import type { LaneSet } from './lane-set.ts';
import { openCanary } from './open-canary.ts';
import type { OvertakenRows, ReadPlace } from './overtaken-rows.ts';
import type { LogEnd } from './plan-repair.ts';
import type { RepairDeps } from './repair-deps.ts';
import { RepairRound } from './repair-round.ts';
import { RepairTask } from './repair-task.ts';
import { findRowPlace, type RowPlace } from './row-place.ts';
import type { SinkDeps } from './sink-deps.ts';

export interface RepairDeskOptions {
  readonly deps: Pick<SinkDeps, 'partition' | 'settings' | 'gateOf' | 'clock' | 'logger'>;
  readonly repair: RepairDeps;
  /** By shard. */
  readonly catalogs: readonly KnownTables[];
  readonly routes: ReadonlyMap<string, TableRoute>;
  readonly lanes: Pick<LaneSet, 'lanesOf'>;
  /** The sink writes there now. */
  readonly isWritten: (shard: number, table: string) => boolean;
  readonly readLog: () => LogEnd;
  readonly overtaken: OvertakenRows;
  /** Changes that were taken to a lane and are not to be written any more. */
  readonly onPassed: (entries: readonly RoutedChange[]) => void;
  /** The sink must end. */
  readonly onFenced: (error: ReplicationError) => void;
}

/** Asked for and not answered. */
export const MAX_REPAIRS = 256;
/** Of one round: more keep a lane from its changes for too long. Guess. */
const MAX_ROUND_ROWS = 16;
/** Who has waited in line for so long has given up. */
const MAX_WAIT_MS = 10_000;

export class RepairDesk {
  readonly #options: RepairDeskOptions;
  /** In line, by shard. */
  readonly #waiting = new Map<number, RepairTask[]>();
  /** A lane is held by one round at a time. */
  readonly #rounds = new Map<number, RepairRound | CanaryRound>();
  /** The one that waits for the round before it, by shard. */
  readonly #canaries = new Map<number, CanaryRound>();
  #asked = 0;
  #isStopped = false;

  constructor(options: RepairDeskOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#asked >= MAX_REPAIRS;
  }

  /** Never rejects. */
  async repair(request: RepairRequest): Promise<RepairAnswer> {
    const answer = await this.#repair(request);
    if (answer.outcome !== 'equal') {
      const { table, shard } = request.row;
      const { outcome, code } = answer;
      this.#options.deps.logger.event('sink.repair.ended', { table, shard, mode: request.mode, outcome, code });
    }
    return answer;
  }

  /** Damages a row that the settings reserve for it, and no other. Never rejects. */
  async damage(request: CanaryRequest): Promise<CanaryAnswer> {
    const answer = await this.#holdCanary(request);
    const { table, shard } = request.row;
    const { outcome, change, column, code } = answer;
    this.#options.deps.logger.event('sink.canary.ended', { table, shard, outcome, change, column, code });
    return answer;
  }

  /** Gives a version back to such a row. Never rejects. */
  giveBack(request: CanaryReturn): Promise<CanaryAnswer> {
    return this.#holdCanary(request);
  }

  async #holdCanary(request: CanaryRequest | CanaryReturn): Promise<CanaryAnswer> {
    try {
      const place = findRowPlace(request.row, this.#options);
      const { shard } = place;
      const findRefusal = () => this.#findRefusal(place);
      const isFree = !this.#canaries.has(shard);
      const refusal = this.#isStopped ? stopped() : (findRefusal() ?? (isFree ? undefined : oneAtATime()));
      if (refusal !== undefined) {
        return refuseCanary(refusal);
      }
      const round = openCanary(request, {
        ...this.#options,
        table: place.table,
        lanesOf: (image) => this.#lanesOf(place, request.row.table, image),
        findRefusal,
      });
      this.#canaries.set(shard, round);
      this.#start(shard);
      return await round.answered;
    } catch (error) {
      return refuseCanary(asReplicationError(error));
    }
  }

  async #repair(request: RepairRequest): Promise<RepairAnswer> {
    this.#asked += 1;
    try {
      const task = this.#openTask(request);
      const refusal = this.#isStopped ? stopped() : this.#findRefusal(placeOf(task));
      if (refusal !== undefined) {
        return answerError(refusal);
      }
      const waiting = this.#waiting.get(task.shard) ?? [];
      this.#waiting.set(task.shard, [...waiting, task]);
      this.#start(task.shard);
      return await task.answered;
    } catch (error) {
      return answerError(asReplicationError(error));
    } finally {
      this.#asked -= 1;
    }
  }

  /** All that is asked for is answered; a write under way may still end. Idempotent. */
  stop(): void {
    this.#isStopped = true;
    for (const round of this.#rounds.values()) {
      round.end(stopped());
    }
    for (const task of [...this.#waiting.values()].flat()) {
      task.answer(answerError(stopped()));
    }
    for (const canary of this.#canaries.values()) {
      canary.end(stopped());
    }
    this.#waiting.clear();
    this.#canaries.clear();
  }

  /** @throws ReplicationError ERG_5201, ERG_35xx */
  #openTask(request: RepairRequest): RepairTask {
    const { settings, clock } = this.#options.deps;
    const { row } = request;
    const { shard, route, table } = findRowPlace(row, this.#options);
    const { modifiedColumn } = settings.tables[row.table] ?? {};
    const notOfSource = this.#listNotOfSource(row.table);
    const means = { request, table, marker: settings.marker, modifiedColumn, notOfSource };
    return new RepairTask({ means, shard, route, arrivedMs: clock.monotonicMs() });
  }

  /** Columns at the target that are not from the source row. */
  #listNotOfSource(table: string): ReadonlySet<string> {
    const { columnReplace = {}, ignoreColumns = [] } = this.#options.deps.settings.tables[table] ?? {};
    return new Set([...Object.keys(columnReplace), ...ignoreColumns]);
  }

  #start(shard: number): void {
    if (!this.#rounds.has(shard) && !this.#isStopped) {
      const round = this.#nextRound(shard);
      if (round !== undefined) {
        this.#rounds.set(shard, round);
        this.#run(shard, round).catch(() => {}); // nothing in it rejects
      }
    }
  }

  /** Repairs before damage. */
  #nextRound(shard: number): RepairRound | CanaryRound | undefined {
    const tasks = this.#takeRound(shard);
    if (tasks.length > 0) {
      return new RepairRound(this.#roundOptions(), tasks);
    }
    const canary = this.#canaries.get(shard);
    this.#canaries.delete(shard);
    return canary;
  }

  async #run(shard: number, round: RepairRound | CanaryRound): Promise<void> {
    await round.run(); // never rejects
    this.#rounds.delete(shard);
    this.#start(shard);
  }

  #roundOptions() {
    const { repair, deps, readLog, onFenced, overtaken, onPassed } = this.#options;
    return {
      onWritten: ({ shard, row }: RepairTask, read: ReadPlace, holds: readonly LaneHold[]) => {
        overtaken.add(shard, row.rowKey, read);
        for (const hold of holds) {
          onPassed(hold.remove((entry) => overtaken.covers(shard, entry)));
        }
      },
      ...repair,
      readLog,
      onFenced,
      clock: deps.clock,
      lanesOf: (task: RepairTask, seen: RowVerdict) =>
        this.#lanesOf(placeOf(task), task.row.table, seen.kind === 'different' ? seen.expected : null),
      findRefusal: (task: RepairTask) => this.#findRefusal(placeOf(task)),
      findStranger: (task: RepairTask, seen: RowVerdict) => this.#findStranger(task.row.table, seen),
    };
  }

  /** Its changes come through another partition, and so does its version. @throws ReplicationError as the brokers */
  async #findStranger(table: string, seen: RowVerdict): Promise<ReplicationError | undefined> {
    const { repair, deps } = this.#options;
    const image = seen.kind === 'different' ? (seen.expected ?? seen.actual) : null;
    const partition = image === null ? undefined : await repair.findPartition?.(table, image);
    return partition === undefined || partition === deps.partition
      ? undefined
      : new ReplicationError('ERG_5209', `its changes are in partition ${partition}, not in ${deps.partition}`);
  }

  /** Different rows: what comes of the second repair of a row depends on the first. */
  #takeRound(shard: number): readonly RepairTask[] {
    const round = new Map<string, RepairTask>();
    const left: RepairTask[] = [];
    const nowMs = this.#options.deps.clock.monotonicMs();
    for (const task of this.#waiting.get(shard) ?? []) {
      const key = task.row.rowKey;
      if (nowMs - task.arrivedMs > MAX_WAIT_MS) {
        task.answer(answerError(new ReplicationError('ERG_5203', 'the repair waited in line for too long')));
      } else if (round.size < MAX_ROUND_ROWS && !round.has(key)) {
        round.set(key, task);
      } else {
        left.push(task);
      }
    }
    this.#waiting.set(shard, left);
    return [...round.values()];
  }

  #findRefusal({ shard, route, table }: RowPlace): ReplicationError | undefined {
    const { isWritten, deps, lanes, catalogs } = this.#options;
    const name = catalogs[shard]?.shard.name ?? '';
    if (!isWritten(shard, table.name)) {
      return new ReplicationError('ERG_5202', `table ${table.name} of ${name} is left out`);
    }
    const any = lanes.lanesOf(shard, route, table, undefined);
    const trouble = any.every((lane) => lane.trouble !== undefined) ? any[0]?.trouble?.error : undefined;
    const reason = deps.gateOf?.(name).refusal ?? trouble;
    return reason && new ReplicationError('ERG_5202', `${name}: ${reason.message}`);
  }

  /** @param image the row as the source has it, as far as it is known @param name of the table at the source */
  #lanesOf({ shard, route, table }: RowPlace, name: string, image: RowImage | null): readonly Lane[] {
    const notOfSource = this.#listNotOfSource(name);
    const cells = this.#options.repair.recordKeys
      .get(name)
      ?.map((column) => (image === null || notOfSource.has(column) ? undefined : findCell(image, column)));
    const isTold = (cell: unknown): cell is string | null => typeof cell === 'string' || cell === null;
    // Undefined where that does not tell all columns of the record key.
    const hash = cells?.every(isTold) === true ? hashRecordKey(Buffer.from(joinRecordKey(cells))) : undefined;
    return this.#options.lanes.lanesOf(shard, route, table, hash);
  }
}

function placeOf({ shard, route, means }: RepairTask): RowPlace {
  return { shard, route, table: means.table };
}

function oneAtATime(): ReplicationError {
  return new ReplicationError('ERG_5202', 'another row of the shard is being damaged');
}

function stopped(): ReplicationError {
  return new ReplicationError('ERG_5204', 'the sink ends');
}
