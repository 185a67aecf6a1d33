import type { EventInfo } from './event-info.ts';

export const targetEvents = {
  'target.retry': {
    level: 'warn',
    meaning: 'A write to the target failed for a reason that may pass and is tried again.',
  },
} as const satisfies Record<string, EventInfo>;
