/**
 * The breakers of a process: one for each shard of a pipeline, shared by all that write and read it.
 *
 * A node that is cut off from one shard must not stop the others, so what breakers tell each other over NATS is a hint
 * only: whoever hears it asks the shard itself, at once. What a person orders is kept in the state database, and read here
 * every few seconds; while that is away the last orders stay in force.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { BreakerDetail, BreakerState } from '../../protocol/message/actor-status.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import { Breaker } from './breaker.ts';
import type { BreakerRules } from './breaker-machine.ts';
import type { BreakerOrder, BreakerOrderStore } from './breaker-order.ts';
import type { ShardGate } from './shard-gate.ts';

export interface BreakerBoardOptions {
  readonly environment: string;
  readonly bus: Pick<MessageBus, 'publish' | 'listen'>;
  readonly orders: Pick<BreakerOrderStore, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GateOptions {
  readonly pipeline: string;
  readonly shard: string;
  readonly rules: BreakerRules;
  readonly validate: () => Promise<void>;
}

const READ_ORDERS_MS = 2_000;
/** A state database that does not answer must not keep anybody waiting. */
const KNOWN_AFTER_MS = 2_000;

export class BreakerBoard implements Disposable {
  readonly #options: BreakerBoardOptions;
  readonly #id = randomUUID();
  readonly #subjects: ReturnType<typeof buildSubjects>;
  readonly #breakers = new Map<string, Breaker>();
  readonly #obeyed = new Map<string, number>();
  readonly #subscriptions = new DisposableStack();
  readonly #known = Promise.withResolvers<void>();
  #orders: readonly BreakerOrder[] = [];
  #hints = 0;
  #reading: Promise<void> | undefined;
  #cancelRead: () => void = () => {};
  #cancelKnown: (() => void) | undefined;
  #isDisposed = false;

  constructor(options: BreakerBoardOptions) {
    this.#options = options;
    this.#subjects = buildSubjects(options.environment);
  }

  /** The same for the same shard of a pipeline. */
  gateOf(options: GateOptions): ShardGate {
    const { pipeline, shard } = options;
    const key = `${pipeline}/${shard}`;
    let breaker = this.#breakers.get(key);
    if (breaker === undefined) {
      const { clock, logger } = this.#options;
      const known = this.#known.promise;
      breaker = new Breaker({
        ...options,
        known,
        clock,
        logger,
        onChange: (...change) => this.#tell(options, ...change),
      });
      this.#breakers.set(key, breaker);
      this.#listen(options, breaker);
      this.#obey();
      this.#readOrders();
    }
    return breaker;
  }

  /** Those that are not simply closed. */
  describe(): readonly BreakerDetail[] {
    return [...this.#breakers.values()].flatMap((breaker) => breaker.describe() ?? []);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#cancelRead();
    this.#cancelKnown?.();
    this.#subscriptions.dispose();
    for (const breaker of this.#breakers.values()) {
      breaker[Symbol.dispose]();
    }
  }

  /**
   * What is news: that it opened because of something that failed here, and that it closed. A look that only confirms what
   * was known is none; one process that is cut off and one that is not would make each other look for ever.
   */
  #tell({ pipeline, shard }: GateOptions, state: BreakerState, before: BreakerState): void {
    if (before === 'suspect' ? state === 'open' : state === 'closed') {
      this.#hints += 1;
      const id = `${this.#id}-${this.#hints}`;
      const message = { type: 'breaker.hint', id, epoch: 0, body: { from: this.#id, state } };
      this.#options.bus.publish(this.#subjects.breaker(pipeline, shard), message);
    }
  }

  #listen({ pipeline, shard }: GateOptions, breaker: Breaker): void {
    const subscription = this.#options.bus.listen(this.#subjects.breaker(pipeline, shard), ({ body }) => {
      const hint = body as { from?: unknown; state?: unknown } | null; // of any form
      if (hint?.from !== this.#id) {
        this.#hear(breaker, hint?.state);
      }
    });
    this.#subscriptions.use(subscription);
  }

  /** One that is closed looks when another one opened, one that is open when another one closed. */
  #hear(breaker: Breaker, state: unknown): void {
    const isOpen = breaker.refusal !== undefined;
    if ((state === 'open' && !isOpen) || (state === 'closed' && isOpen)) {
      breaker.hint();
    }
  }

  #readOrders(): void {
    this.#cancelRead();
    this.#cancelKnown ??= this.#options.clock.after(KNOWN_AFTER_MS, () => this.#known.resolve());
    this.#reading ??= this.#options.orders
      .list()
      .then(
        (orders) => {
          this.#orders = orders;
          this.#obey();
        },
        () => {}, // the last ones stay in force
      )
      .finally(() => {
        this.#reading = undefined;
        this.#known.resolve();
        if (!this.#isDisposed) {
          this.#cancelRead = this.#options.clock.after(READ_ORDERS_MS, () => this.#readOrders());
        }
      });
  }

  #obey(): void {
    for (const { id, pipeline, shard, action, reason, by } of this.#orders) {
      const key = `${pipeline}/${shard}`;
      const breaker = this.#breakers.get(key);
      if (breaker !== undefined && id > (this.#obeyed.get(key) ?? 0) && !this.#isDisposed) {
        this.#obeyed.set(key, id);
        if (action === 'open') {
          breaker.hold(`${reason} (${by})`);
        } else {
          breaker.release();
        }
      }
    }
  }
}
