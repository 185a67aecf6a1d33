import type { EventInfo } from './event-info.ts';

export const sinkEvents = {
  'sink.started': { level: 'info', meaning: 'The sink owns its partition and reads from the named offset.' },
  'sink.waiting': {
    level: 'warn',
    meaning:
      'The sink cannot start yet, because something that it needs is away; it tries again after the named back-off.',
  },
  'sink.stopped': {
    level: 'info',
    meaning: 'The sink ended; what it had settled is committed up to the named offset.',
  },
  'sink.failed': { level: 'error', meaning: 'The sink ended by an error; its supervisor decides what follows.' },
  'sink.write.retry': {
    level: 'warn',
    meaning: 'A batch could not be written for a reason that may pass; the lane waits and tries again, others go on.',
  },
  'sink.lookup.retry': {
    level: 'warn',
    meaning: 'The source database did not answer a look-up; the changes that need it wait, others go on.',
  },
  'sink.scope.parked': {
    level: 'error',
    meaning:
      'A shard, or a table of one, cannot be written and is left out from the named offset on; the rest goes on.',
  },
  'sink.scope.catching-up': {
    level: 'info',
    meaning: 'A shard or table that was left out can be written again; what it lacks is read from the named offset on.',
  },
  'sink.scope.caught-up': {
    level: 'info',
    meaning: 'A shard or table that was left out has all that it lacked; nothing more is left out of it.',
  },
  'sink.finding.stored': {
    level: 'error',
    meaning: 'A change that cannot be applied was stored in the state database with its record; the partition goes on.',
  },
  'sink.finding.unstored': {
    level: 'error',
    meaning: 'Findings cannot be stored now; they wait in memory, and no offset passes them.',
  },
  'sink.table.filtered': {
    level: 'info',
    meaning: 'The first change of a table that the pipeline does not replicate was seen; such changes are passed over.',
  },
  'sink.repair.ended': {
    level: 'info',
    meaning: 'A repair of a row that was asked for has ended, other than by finding the row right; with its outcome.',
  },
  'sink.canary.ended': {
    level: 'info',
    meaning: 'A reserved row was to be damaged on purpose, for the verification to find it; with the outcome.',
  },
  'sink.column.unwritten': {
    level: 'warn',
    meaning: 'The first value of a source column was seen that the target table does not have; the status counts them.',
  },
} as const satisfies Record<string, EventInfo>;
