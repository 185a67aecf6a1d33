import type { EventInfo } from './event-info.ts';

export const recoveryEvents = {
  'recovery.started': { level: 'info', meaning: 'A recovery actor has taken over the cases of its partition.' },
  'recovery.waiting': {
    level: 'warn',
    meaning: 'A recovery actor cannot do its work and tries again; reports are refused until it can.',
  },
  'recovery.stopped': { level: 'info', meaning: 'A recovery actor has ended because it was told to.' },
  'recovery.failed': { level: 'error', meaning: 'A recovery actor has ended by itself.' },
  'recovery.case.closed': { level: 'debug', meaning: 'A wrong row is right, or its case was given up.' },
  'recovery.case.quarantined': {
    level: 'warn',
    meaning: 'A wrong row is not repaired by itself; a person has to act.',
  },
  'recovery.table.stopped': {
    level: 'error',
    meaning: 'So many rows of a table were found wrong that none of them is repaired by itself any more.',
  },
  'recovery.shard.held': { level: 'warn', meaning: 'Cases of a shard wait, because its breaker is open.' },
  'recovery.shard.back': {
    level: 'info',
    meaning: 'A shard is back; the cases that wait for it are let go gradually.',
  },
  'recovery.order.refused': { level: 'warn', meaning: 'An order of a person does not fit its case.' },
} as const satisfies Record<string, EventInfo>;
