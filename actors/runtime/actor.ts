import type { ActorStatus } from '../../protocol/message/actor-status.ts';

/**
 * Whatever runs on a node. Killing it at any moment must not lose or corrupt anything.
 */
export interface Actor {
  /**
   * Resolves when the actor does its work, rejects with a coded error when it cannot. Waiting for a remote that is
   * away is not a failure: the actor keeps trying inside and says so in its status.
   */
  start(): Promise<void>;
  /** Takes nothing new, finishes what it holds, at most `deadlineMs`; then stops. */
  drain(deadlineMs: number): Promise<void>;
  /** Ends at once. Idempotent; legal at any time, also before start. Resolves when nothing is left running. */
  stop(): Promise<void>;
  status(): ActorStatus;
  /** Resolves once, when the actor has ended: undefined after drain or stop, the error when it failed by itself. */
  readonly ended: Promise<Error | undefined>;
}
