import type { EventInfo } from './event-info.ts';

export const targetEvents = {
  'target.fence.taken': {
    level: 'info',
    meaning: 'The fence of a partition stands at the epoch of its owner, who may write now.',
  },
  'target.session.ended': {
    level: 'warn',
    meaning:
      'A session of a writer, whose last statement might still have been at work in the server, was ended there or found gone.',
  },
  'breaker.changed': {
    level: 'warn',
    meaning: 'The circuit breaker of a shard opened, closed, or was held open by hand.',
  },
} as const satisfies Record<string, EventInfo>;
