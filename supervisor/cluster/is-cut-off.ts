import type { KnownNode } from './node-registry.ts';

/** Nodes that fell silent within this time count as one event. */
export const FREEZE_MS = 30_000;
/** Of two nodes one that dies is half of them, and nothing unusual. */
const MIN_NODES = 3;

/**
 * Whether so many nodes fell silent at once that the supervisor is more likely cut off than they are dead. The cure
 * would be worse than the disease then: all actors on the few nodes that are left. It ends by itself, because a
 * replication that waits for a person for ever is no better; moving is safe in any case, as older places are fenced.
 */
export function isCutOff(nodes: readonly KnownNode[], nowMs: number): boolean {
  let lost = 0;
  let known = 0;
  for (const { state, diedMs, heartbeat } of nodes) {
    if (heartbeat.draining || (diedMs !== undefined && nowMs - diedMs >= FREEZE_MS)) {
      continue; // it ended as it should, or long ago
    }
    known++;
    lost += state === 'silent' || state === 'dead' ? 1 : 0;
  }
  return known >= MIN_NODES && lost > known / 2;
}
