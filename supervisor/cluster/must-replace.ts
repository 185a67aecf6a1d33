import type { Job } from '../../protocol/message/job.ts';
import type { KnownNode } from './node-registry.ts';

/**
 * In times of `nodeDeadAfter`: how long a node is silent before its actors are placed elsewhere. With its default of 3 s
 * these are 3, 30 and 60 s. What a sink does cannot wait; a verifier, a recovery actor and a sweeper are late by nature, and
 * most nodes that fall silent come back.
 */
const SILENT_TIMES: Readonly<Record<Job['kind'], number>> = {
  capture: 1,
  sink: 1,
  verifier: 10,
  recovery: 20,
  sweeper: 20,
};

/**
 * Whether a job must leave the node of its place.
 *
 * @param node undefined when it was forgotten
 * @param deadAfterMs silence after which a node counts as dead
 */
export function mustReplace({ kind }: Job, node: KnownNode | undefined, deadAfterMs: number, nowMs: number): boolean {
  if (node?.state !== 'dead') {
    return node === undefined;
  }
  const { diedMs = nowMs, heartbeat } = node;
  return heartbeat.draining || nowMs - diedMs >= (SILENT_TIMES[kind] - 1) * deadAfterMs;
}
