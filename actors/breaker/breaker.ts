/** A breaker machine as the gate of a shard, for all actors of a pipeline in this process. */
import { type Actor, createActor } from 'xstate';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { BreakerDetail, BreakerState } from '../../protocol/message/actor-status.ts';
import { type BreakerRules, breakerMachine } from './breaker-machine.ts';
import type { ShardGate } from './shard-gate.ts';

export interface BreakerOptions {
  readonly pipeline: string;
  readonly shard: string;
  readonly rules: BreakerRules;
  /** Rejects within a short time when the shard is not there or cannot be written. */
  readonly validate: () => Promise<void>;
  readonly onChange: (state: BreakerState, before: BreakerState) => void;
  /** Default: at once. */
  readonly known?: Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A lock, a killed statement, a fence or a row is nothing that the shard as a whole could be asked about. */
const OF_ACCESS: ReadonlySet<string> = new Set([
  'ERG_3001',
  'ERG_3002',
  'ERG_3003',
  'ERG_3007',
  'ERG_3008',
  'ERG_3009',
  'ERG_3502',
]);

export class Breaker implements ShardGate, Disposable {
  readonly #options: BreakerOptions;
  readonly #machine: Actor<typeof breakerMachine>;
  readonly #listeners = new Set<() => void>();
  #refusal: ReplicationError | undefined;
  #state: BreakerState = 'closed';
  #sinceMs: number;
  /** Closed, and nothing counted: nearly always, and asked for every batch. */
  #isCalm = true;

  constructor(options: BreakerOptions) {
    const { rules, validate, clock } = options;
    this.#options = options;
    this.#sinceMs = clock.wallMs();
    this.#machine = createActor(breakerMachine, { input: { rules, validate }, clock: asTimers(clock) });
    this.#machine.subscribe(() => this.#follow());
    this.#machine.start();
  }

  get refusal(): ReplicationError | undefined {
    return this.#refusal;
  }

  get known(): Promise<void> {
    return this.#options.known ?? Promise.resolve();
  }

  sawSuccess(): void {
    if (!this.#isCalm) {
      this.#machine.send({ type: 'written' });
    }
  }

  sawFailure(error: ReplicationError): void {
    if (OF_ACCESS.has(error.code)) {
      this.#machine.send({ type: 'failed', reason: error.message });
    }
  }

  sawSilence(): void {
    if (this.#refusal === undefined) {
      this.hint();
    }
  }

  /** Another process has seen something. */
  hint(): void {
    this.#machine.send({ type: 'hint' });
  }

  /** By hand. */
  hold(reason: string): void {
    this.#machine.send({ type: 'hold', reason });
  }

  /** By hand. */
  release(): void {
    this.#machine.send({ type: 'release' });
  }

  onOpen(react: () => void): Disposable {
    this.#listeners.add(react);
    return { [Symbol.dispose]: () => this.#listeners.delete(react) };
  }

  /** Undefined while nothing is wrong. */
  describe(): BreakerDetail | undefined {
    const { pipeline, shard } = this.#options;
    const { failures, reason } = this.#machine.getSnapshot().context;
    return this.#isCalm ? undefined : { pipeline, shard, state: this.#state, failures, reason, sinceMs: this.#sinceMs };
  }

  [Symbol.dispose](): void {
    this.#machine.stop();
    this.#listeners.clear();
  }

  #follow(): void {
    const { pipeline, shard, clock, logger, onChange } = this.#options;
    const { context, value } = this.#machine.getSnapshot();
    const state = typeof value === 'string' ? value : 'suspect';
    this.#isCalm = state === 'closed' && context.failures === 0;
    if (state === this.#state) {
      if (state === 'held') {
        this.#refusal = buildRefusal(state, shard, context.reason); // held again, for another reason
      }
      return;
    }
    const before = { state: this.#state, refusal: this.#refusal };
    this.#state = state;
    this.#sinceMs = clock.wallMs();
    this.#refusal = buildRefusal(state, shard, context.reason);
    if (state !== 'suspect') {
      logger.event('breaker.changed', { pipeline, shard, state, reason: context.reason, failures: context.failures });
    }
    onChange(state, before.state);
    if (before.refusal !== undefined && this.#refusal === undefined) {
      for (const react of this.#listeners) {
        react();
      }
    }
  }
}

function buildRefusal(state: BreakerState, shard: string, reason: string): ReplicationError | undefined {
  switch (state) {
    case 'open':
    case 'halfOpen':
      return new ReplicationError('ERG_3011', `the breaker of ${shard} is open: ${reason}`);
    case 'held':
      return new ReplicationError('ERG_3012', `the breaker of ${shard} is held open: ${reason}`);
    default:
      return undefined;
  }
}

function asTimers(clock: Clock) {
  return {
    setTimeout: (run: (...args: unknown[]) => void, ms: number) => clock.after(ms, run),
    clearTimeout: (cancel: () => void) => cancel(),
  };
}
