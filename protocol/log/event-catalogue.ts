import { captureEvents } from './capture-events.ts';
import type { EventInfo } from './event-info.ts';
import { nodeEvents } from './node-events.ts';
import { recoveryEvents } from './recovery-events.ts';
import { sinkEvents } from './sink-events.ts';
import { streamEvents } from './stream-events.ts';
import { supervisionEvents } from './supervision-events.ts';
import { sweeperEvents } from './sweeper-events.ts';
import { targetEvents } from './target-events.ts';
import { verifierEvents } from './verifier-events.ts';

/** Every log event; docs/generated/events.md is made from this table. */
export const EVENTS = {
  ...streamEvents,
  ...captureEvents,
  ...sinkEvents,
  ...verifierEvents,
  ...recoveryEvents,
  ...sweeperEvents,
  ...targetEvents,
  ...supervisionEvents,
  ...nodeEvents,
} as const satisfies Record<string, EventInfo>;

export type EventName = keyof typeof EVENTS;
