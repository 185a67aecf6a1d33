import type { EventInfo } from './event-info.ts';

export const captureEvents = {
  'capture.started': { level: 'info', meaning: 'The capture reads the binary log from the named position.' },
  'capture.reconnecting': {
    level: 'warn',
    meaning: 'The capture lost the source, Kafka or the state database and resumes after the named back-off.',
  },
  'capture.stopped': { level: 'info', meaning: 'The capture ended; its last acknowledged position is named.' },
  'capture.failed': { level: 'error', meaning: 'The capture ended by an error that a person has to look at.' },
  'capture.schema.changed': { level: 'info', meaning: 'A statement changed the definition of a captured table.' },
  'capture.table.lost': {
    level: 'error',
    meaning:
      'A captured table was dropped, renamed, emptied, or is not at the source; its rows stay as they are at the targets.',
  },
  'capture.record-key.changed': {
    level: 'error',
    meaning: 'A row of the table got another record key; the order of its changes is lost at the targets.',
  },
  'capture.transaction.incomplete': {
    level: 'error',
    meaning:
      'The source crashed while it wrote a transaction to its log, and a part of it had been sent already; the rows that it touched have to be verified.',
  },
  'capture.checkpoint.unsaved': {
    level: 'warn',
    meaning: 'The checkpoint could not be saved and is tried again; a restart now would send more repeats.',
  },
} as const satisfies Record<string, EventInfo>;
