import type { EventInfo } from './event-info.ts';

export const streamEvents = {
  'stream.connected': {
    level: 'info',
    meaning: 'The change stream owns its partition and reads from the named offset.',
  },
  'stream.reconnecting': {
    level: 'warn',
    meaning: 'The change stream lost Kafka and connects anew after the named back-off.',
  },
  'stream.fenced': { level: 'info', meaning: 'The partition moved to an actor of a newer place; this one leaves.' },
  'stream.failed': { level: 'error', meaning: 'The change stream ended and needs a person or a restart of its actor.' },
  'stream.producer.connected': { level: 'info', meaning: 'The producer of change records is connected.' },
  'stream.producer.retry': {
    level: 'warn',
    meaning: 'Change records could not be written and are tried again with the same sequence numbers.',
  },
  'stream.client': {
    level: 'debug',
    meaning:
      'A line of the Kafka client library. It calls much of what heals by itself an error, so it is never more than debug; what matters has an event of its own.',
  },
} as const satisfies Record<string, EventInfo>;
