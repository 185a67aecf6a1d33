/**
 * The place of one actor on a node: starts it, starts it again as choose-restart.ts says, and ends it.
 *
 * At most one actor of a slot is alive: before another one is started, the one before has ended. Where it does not end in
 * time, the slot gives up instead, because two actors of one place epoch do not fence each other.
 */
import type { Actor } from '../../actors/runtime/actor.ts';
import { withDeadline } from '../../actors/stream/with-deadline.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { ActorStatus } from '../../protocol/message/actor-status.ts';
import type { Job } from '../../protocol/message/job.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';
import { chooseRestart, type RestartBudget, type RestartHistory } from './choose-restart.ts';
import { buildEmptyStatus } from './empty-status.ts';

export interface ActorSlotOptions {
  readonly job: Job;
  readonly placeEpoch: number;
  /** A fresh actor for each start. */
  readonly createActor: () => Actor;
  readonly budget: RestartBudget;
  readonly clock: Clock;
  /** Within [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Something that the report tells has changed. */
  readonly onChange: () => void;
}

/** Nothing an actor holds takes longer to let go of; its own deadlines are shorter. */
const END_DEADLINE_MS = 10_000;

export class ActorSlot {
  readonly #options: ActorSlotOptions;
  #actor: Actor | undefined;
  /** What is reported while there is no actor. */
  #status: ActorStatus;
  #history: RestartHistory = { restartedMs: [], configurationFailures: 0 };
  #restarts = 0;
  #isGivenUp = false;
  #cancelRestart: (() => void) | undefined;
  /** The end of an actor that failed; the next one waits for it. */
  #lettingGo: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ActorSlotOptions) {
    this.#options = options;
    this.#status = buildEmptyStatus(options.job, 'starting', undefined, options.clock.wallMs());
  }

  get placeEpoch(): number {
    return this.#options.placeEpoch;
  }

  report(): ActorReport {
    return {
      job: this.#options.job,
      placeEpoch: this.#options.placeEpoch,
      status: this.#actor === undefined ? this.#status : this.#readStatus(this.#actor),
      restarts: this.#restarts,
      givenUp: this.#isGivenUp,
    };
  }

  /** Returns at once; what becomes of it is in the report. */
  start(): void {
    if (this.#stopping !== undefined || this.#actor !== undefined) {
      return;
    }
    const { createActor, logger, onChange } = this.#options;
    let actor: Actor;
    try {
      actor = createActor();
    } catch (error) {
      this.#takeEnd(asReplicationError(error));
      return;
    }
    this.#actor = actor;
    onChange();
    actor.ended.then((error) => this.#afterEnd(actor, error)).catch((error: unknown) => this.#afterEnd(actor, error));
    startActor(actor).then(
      () => {
        if (this.#actor === actor) {
          logger.event('node.actor.ready');
          onChange();
        }
      },
      (error: unknown) => this.#afterEnd(actor, error),
    );
  }

  /**
   * Ends the actor for good; resolves when it has ended, or when it did not in time. Called again with 0, a drain that is
   * under way is cut short.
   */
  stop(drainMs: number): Promise<void> {
    if (this.#stopping === undefined) {
      this.#options.logger.event('node.actor.stopping', { drainMs });
      this.#cancelRestart?.();
      this.#stopping = this.#end(drainMs);
      this.#options.onChange();
    } else if (drainMs === 0) {
      this.#actor?.stop().catch(() => {}); // what #end waits for ends with it, or by its deadline
    }
    return this.#stopping;
  }

  async #end(drainMs: number): Promise<void> {
    const { logger, onChange } = this.#options;
    const actor = this.#actor;
    await this.#lettingGo;
    if (actor !== undefined) {
      try {
        if (drainMs > 0) {
          await this.#within(drainMs + END_DEADLINE_MS, actor.drain(drainMs));
        }
        await this.#within(END_DEADLINE_MS, actor.stop());
        logger.event('node.actor.stopped');
      } catch (error) {
        logger.event('node.actor.stuck', { reason: asReplicationError(error).message });
      }
    }
    onChange();
  }

  /** The actor ended, or could not start; both may be told of one. */
  #afterEnd(actor: Actor, error: unknown): void {
    if (this.#actor !== actor || this.#stopping !== undefined) {
      return;
    }
    this.#status = this.#readStatus(actor);
    this.#actor = undefined;
    this.#lettingGo = this.#within(END_DEADLINE_MS, actor.stop()).then(
      () => this.#takeEnd(error === undefined ? undefined : asReplicationError(error)),
      (stuck: unknown) => this.#giveUp(asReplicationError(stuck).message),
    );
  }

  #takeEnd(error: ReplicationError | undefined): void {
    const { clock, random, budget, logger, onChange } = this.#options;
    if (this.#stopping !== undefined) {
      return;
    }
    const choice = chooseRestart(this.#history, { error, nowMs: clock.monotonicMs(), random: random() }, budget);
    if (choice.kind === 'give-up') {
      this.#giveUp(choice.reason);
      return;
    }
    const { delayMs } = choice;
    this.#history = choice.history;
    this.#enter('failed', error?.message);
    logger.event('node.actor.restarting', { reason: error?.message, delayMs, restarts: this.#restarts });
    this.#cancelRestart = clock.after(delayMs, () => {
      this.#restarts++;
      this.start();
    });
    onChange();
  }

  #giveUp(reason: string): void {
    if (this.#stopping !== undefined) {
      return;
    }
    this.#isGivenUp = true;
    this.#enter('failed', reason);
    this.#options.logger.event('node.actor.given-up', { reason, restarts: this.#restarts });
    this.#options.onChange();
  }

  #enter(state: 'failed', reason: string | undefined): void {
    this.#status = { ...this.#status, state, reason, sinceMs: this.#options.clock.wallMs() };
  }

  #readStatus(actor: Actor): ActorStatus {
    try {
      return actor.status();
    } catch (error) {
      const { message } = asReplicationError(error);
      return buildEmptyStatus(
        this.#options.job,
        'failed',
        `its status cannot be read: ${message}`,
        this.#status.sinceMs,
      );
    }
  }

  #within(deadlineMs: number, work: Promise<void>): Promise<void> {
    const late = () =>
      new ReplicationError('ERG_6010', `${this.#options.job.name} did not end within ${deadlineMs} ms`);
    return withDeadline(this.#options.clock, deadlineMs, work, late);
  }
}

/** An actor that throws instead of rejecting is no different. */
async function startActor(actor: Actor): Promise<void> {
  await actor.start();
}
