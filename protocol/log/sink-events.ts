import type { EventInfo } from './event-info.ts';

export const sinkEvents = {
  'sink.started': { level: 'info', meaning: 'The sink owns its partition and reads from the named offset.' },
} as const satisfies Record<string, EventInfo>;
