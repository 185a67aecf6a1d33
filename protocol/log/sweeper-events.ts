import type { EventInfo } from './event-info.ts';

export const sweeperEvents = {
  'sweeper.started': { level: 'info', meaning: 'The sweeper looks for sweeps that are due or were ordered.' },
  'sweeper.stopped': { level: 'info', meaning: 'The sweeper ended; the next one goes on at the last chunk.' },
  'sweeper.failed': { level: 'error', meaning: 'The sweeper ended by an error; its supervisor decides what follows.' },
  'sweeper.run.started': { level: 'info', meaning: 'A sweep begins, or is gone on with.' },
  'sweeper.run.ended': { level: 'info', meaning: 'All tables of a sweep were compared, as far as they could be.' },
  'sweeper.table.ended': { level: 'info', meaning: 'A table was compared, with the number of rows and of wrong ones.' },
  'sweeper.table.refused': { level: 'error', meaning: 'A table cannot be swept now; the others are.' },
  'sweeper.table.restarted': {
    level: 'warn',
    meaning: 'The key of a table is not that of the saved place any more; the table is compared from its start.',
  },
  'sweeper.waiting': { level: 'warn', meaning: 'The sweep waits for something that is away, and tries again.' },
  'sweeper.mismatch.reported': {
    level: 'error',
    meaning: 'Rows that are not what their source says were told to the recovery actor of their partition.',
  },
  'sweeper.rows.unjudged': {
    level: 'warn',
    meaning: 'Rows could not be judged: they changed at every look, or belong where nothing tells.',
  },
  'sweeper.canary.planted': {
    level: 'info',
    meaning: 'A reserved row was damaged on purpose; now it has to be found.',
  },
  'sweeper.canary.found': { level: 'info', meaning: 'The damage of a reserved row was reported in time.' },
  'sweeper.canary.missed': {
    level: 'error',
    meaning: 'The damage of a reserved row was not reported in time: what is not found proves nothing now.',
  },
  'sweeper.canary.unjudged': {
    level: 'warn',
    meaning:
      'The damage of a reserved row was not reported, and the reason says why that tells nothing of who should have found it.',
  },
  'sweeper.canary.waiting': { level: 'warn', meaning: 'Something keeps a canary from being tried, found or repaired.' },
} as const satisfies Record<string, EventInfo>;
