import type { EventInfo } from './event-info.ts';

export const supervisionEvents = {
  'actor.started': { level: 'info', meaning: 'An actor runs.' },
} as const satisfies Record<string, EventInfo>;
