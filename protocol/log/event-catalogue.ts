import { captureEvents } from './capture-events.ts';
import type { EventInfo } from './event-info.ts';
import { nodeEvents } from './node-events.ts';
import { sinkEvents } from './sink-events.ts';
import { streamEvents } from './stream-events.ts';
import { supervisionEvents } from './supervision-events.ts';
import { targetEvents } from './target-events.ts';

/** Every log event; docs/generated/events.md is made from this table. */
export const EVENTS = {
  ...streamEvents,
  ...captureEvents,
  ...sinkEvents,
  ...targetEvents,
  ...supervisionEvents,
  ...nodeEvents,
} as const satisfies Record<string, EventInfo>;

export type EventName = keyof typeof EVENTS;
