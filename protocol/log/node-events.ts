import type { EventInfo } from './event-info.ts';

export const nodeEvents = {
  'node.started': { level: 'info', meaning: 'A node is ready to run actors.' },
} as const satisfies Record<string, EventInfo>;
