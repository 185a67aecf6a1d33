import type { KnownNode } from './node-registry.ts';

/** So long the actors of lost nodes stay where they are, when it looks as if the supervisor were cut off. */
export const FREEZE_MS = 30_000;
/** Of two nodes one that dies is half of them, and nothing unusual. */
const MIN_NODES = 3;

/**
 * Whether so many nodes fell silent at once that the supervisor is more likely cut off than they are dead. The cure
 * would be worse than the disease then: all actors on the few nodes that are left. It holds for a while only, because a
 * replication that waits for a person for ever is no better; moving is safe in any case, as older places are fenced.
 *
 * @param atOnceMs nodes that were heard last within this time of each other were lost at once
 */
export function isCutOff(nodes: readonly KnownNode[], atOnceMs: number): boolean {
  const counted = nodes.filter(({ heartbeat }) => !heartbeat.draining); // those that drain end as they should
  const lost = counted.filter(({ state }) => state === 'silent' || state === 'dead');
  const lastHeardMs = Math.max(...lost.map(({ heardMs }) => heardMs));
  const lostAtOnce = lost.filter(({ heardMs }) => lastHeardMs - heardMs <= atOnceMs).length;
  const known = counted.length - lost.length + lostAtOnce;
  return known >= MIN_NODES && lostAtOnce > known / 2;
}
