/**
 * Repairs a few rows of one shard together. They are looked at first, and what is right is left alone. For the others the
 * lanes in which their changes come are held: all that was taken before is written, and nothing else is until the round ends.
 * Then how far the log has come is noted, the source is made to show all of that, both sides are looked at again, and what
 * still differs is written through the lane's own connection, under guard and fence, and read back.
 *
 * No lane stands still for longer than its limit, but for a write that has begun: that has a deadline of its own.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RepairAnswer } from '../../protocol/message/recovery-message.ts';
import type { RowVerdict } from '../row/row-witness.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import type { ShardChange } from '../target/target-shard.ts';
import { answerError, answerWritten } from './answer-repair.ts';
import type { Lane } from './lane.ts';
import type { LaneHold } from './lane-hold.ts';
import type { ReadPlace } from './overtaken-rows.ts';
import { findAnswer, type LogEnd, nameAtSource, planRepair, type RepairPlan } from './plan-repair.ts';
import type { RepairDeps } from './repair-deps.ts';
import type { RepairTask } from './repair-task.ts';

export interface RepairRoundOptions extends Pick<RepairDeps, 'witness' | 'anchor'> {
  /** @param seen what the first look has shown of the row */
  readonly lanesOf: (task: RepairTask, seen: RowVerdict) => readonly Lane[];
  /** Why the row cannot be written now. */
  readonly findRefusal: (task: RepairTask) => ReplicationError | undefined;
  /** Why another sink has to write it, by what a look has shown. */
  readonly findStranger: (task: RepairTask, seen: RowVerdict) => Promise<ReplicationError | undefined>;
  readonly readLog: () => LogEnd;
  /** It was written, and its lanes are still held: older changes of it need not be. */
  readonly onWritten: (task: RepairTask, read: ReadPlace, holds: readonly LaneHold[]) => void;
  readonly onFenced: (error: ReplicationError) => void;
  readonly clock: Clock;
}

/** For the first look, for the lanes to come to the rows, and for which they stand still: each, ms. */
const STEP_MS = 5_000;

interface Written {
  readonly task: RepairTask;
  readonly plan: Extract<RepairPlan, { kind: 'write' }>;
}

export class RepairRound {
  readonly #options: RepairRoundOptions;
  readonly #tasks: readonly RepairTask[];
  /** By the first look. */
  readonly #seen = new Map<RepairTask, RowVerdict>();
  /** Its write has begun: it may be done, whatever comes. */
  readonly #begun = new Set<RepairTask>();
  readonly #holds: LaneHold[] = [];
  readonly #ended = Promise.withResolvers<undefined>();
  #isOver = false;

  /** @param tasks of one shard and of different rows */
  constructor(options: RepairRoundOptions, tasks: readonly RepairTask[]) {
    this.#options = options;
    this.#tasks = tasks;
  }

  get #open(): readonly RepairTask[] {
    return this.#tasks.filter(({ isAnswered }) => !isAnswered);
  }

  /** Never rejects; all tasks are answered then. */
  async run(): Promise<void> {
    try {
      const lanes = await this.#within(this.#chooseLanes());
      for (const lane of lanes ?? []) {
        this.#holds.push(lane.hold());
      }
      await this.#repairHeld();
      this.#answerOpen(tooLate());
    } catch (error) {
      this.#answerOpen(asReplicationError(error));
    } finally {
      for (const hold of this.#holds) {
        hold.release();
      }
    }
  }

  /** Writes nothing more. What may have been written is not answered so: it counts as tried. */
  end(error: ReplicationError): void {
    this.#isOver = true;
    for (const task of this.#open.filter((one) => this.#begun.has(one))) {
      task.answer(answerError(notReadBack()));
    }
    this.#answerOpen(error);
    this.#ended.resolve(undefined);
  }

  #answerOpen(error: ReplicationError): void {
    for (const task of this.#open) {
      task.answer(answerError(error));
    }
  }

  /** @returns the lanes of rows that have to be written; those of others are answered */
  async #chooseLanes(): Promise<readonly Lane[]> {
    const lanes = new Set<Lane>();
    for (const [task, seen] of await this.#look(this.#open)) {
      this.#seen.set(task, seen);
      const answer = findAnswer(seen, task.means) ?? (await this.#refuseStranger(task, seen));
      if (answer !== undefined) {
        task.answer(answer);
        continue;
      }
      const own = this.#options.lanesOf(task, seen);
      const trouble = own.find((lane) => lane.trouble !== undefined)?.trouble;
      if (trouble !== undefined) {
        task.answer(answerError(new ReplicationError('ERG_5202', trouble.error.message)));
        continue;
      }
      for (const lane of own) {
        lanes.add(lane);
      }
    }
    return this.#isOver || this.#open.length === 0 ? [] : [...lanes];
  }

  async #repairHeld(): Promise<void> {
    const reached = await this.#within(Promise.all(this.#holds.map((hold) => hold.reached)));
    const [hold] = this.#holds;
    if (hold === undefined || reached?.every((is) => is) !== true) {
      return;
    }
    this.#refuse(); // it may have been left out meanwhile
    const planned = await this.#within(this.#plan());
    if (planned !== undefined) {
      const written = await this.#write(hold, planned.plans);
      await this.#within(this.#readBack(written, planned.read));
    }
  }

  #refuse(): void {
    for (const task of this.#open) {
      const refusal = this.#options.findRefusal(task);
      if (refusal !== undefined) {
        task.answer(answerError(refusal));
      }
    }
  }

  async #plan(): Promise<{ readonly plans: readonly Written[]; readonly read: ReadPlace }> {
    const { anchor, readLog } = this.#options;
    const log = readLog(); // before anything of the source is read: all up to here is in what is read
    const names = new Map(this.#open.map((task) => [task, nameAtSource(task.means, this.#seen.get(task))]));
    const { unsettled, position } = await anchor.settle([...names.values()]);
    for (const [task, name] of names) {
      const error = unsettled.get(name);
      if (error !== undefined) {
        task.answer(answerError(error));
      }
    }
    const plans: Written[] = [];
    for (const [task, verdict] of await this.#look(this.#open)) {
      const plan = planRepair(verdict, task.means, log);
      if (plan.kind === 'answer') {
        task.answer(plan.answer);
        continue;
      }
      const refusal = await this.#refuseStranger(task, verdict);
      if (refusal === undefined) {
        plans.push({ task, plan });
      } else {
        task.answer(refusal);
      }
    }
    return { plans, read: { offset: log.offset, position } };
  }

  /** Undefined: this sink writes the row. */
  async #refuseStranger(task: RepairTask, seen: RowVerdict): Promise<RepairAnswer | undefined> {
    const stranger = await this.#options.findStranger(task, seen);
    return stranger && answerError(stranger);
  }

  /** Each by itself: a row that is refused must not take others with it. */
  async #write(hold: LaneHold, plans: readonly Written[]): Promise<readonly Written[]> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const written: Written[] = [];
    for (const { task, plan } of plans) {
      const isLate = clock.monotonicMs() - startedMs > STEP_MS;
      const error = isLate ? tooLate() : await this.#writeOne(hold, task, plan.change);
      if (error === undefined) {
        written.push({ task, plan });
        continue;
      }
      task.answer(answerError(error, plan.seen));
      if (error.class !== 'row') {
        this.#answerOthers(plans, written, error);
        break;
      }
    }
    return written;
  }

  async #writeOne(hold: LaneHold, task: RepairTask, change: ShardChange): Promise<ReplicationError | undefined> {
    if (this.#isOver || hold.isReleased) {
      return new ReplicationError('ERG_5204', 'the sink ends');
    }
    this.#begun.add(task);
    const error = await hold.write([change]);
    if (error?.class === 'fenced') {
      this.#options.onFenced(error);
    }
    return error;
  }

  /** The shard does not take them now: each try would only keep the lane longer. */
  #answerOthers(plans: readonly Written[], written: readonly Written[], error: ReplicationError): void {
    const isWritten = new Set(written.map(({ task }) => task));
    for (const { task, plan } of plans) {
      if (!isWritten.has(task) && !task.isAnswered) {
        task.answer(answerError(error, plan.seen));
      }
    }
  }

  async #readBack(written: readonly Written[], read: ReadPlace): Promise<void> {
    const looks = await this.#look(written.map(({ task }) => task));
    for (const [index, { task, plan }] of written.entries()) {
      const answer = answerWritten(plan.seen, plan.change, looks[index]?.[1] ?? { kind: 'moving' });
      if (answer.seq !== undefined && this.#holds.every(({ isReleased }) => !isReleased)) {
        this.#options.onWritten(task, read, this.#holds);
      }
      task.answer(answer);
    }
  }

  async #look(tasks: readonly RepairTask[]): Promise<readonly (readonly [RepairTask, RowVerdict])[]> {
    const verdicts = tasks.length === 0 ? [] : await this.#options.witness.look(tasks.map(({ row }) => row));
    return tasks.map((task, index) => [task, verdicts[index] ?? { kind: 'moving' }]);
  }

  /** Undefined when it takes too long, or the round is ended. */
  #within<T>(work: Promise<T>): Promise<T | undefined> {
    return settleWithin(this.#options.clock, STEP_MS, Promise.race([work, this.#ended.promise]));
  }
}

function notReadBack(): ReplicationError {
  return new ReplicationError('ERG_5203', 'the sink ended while the row was written');
}

function tooLate(): ReplicationError {
  return new ReplicationError('ERG_5203', 'the repair was not done in time');
}
