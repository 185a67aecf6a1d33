import type { EventInfo } from './event-info.ts';

export const verifierEvents = {
  'verifier.started': {
    level: 'info',
    meaning: 'The verifier owns its partition and compares from the named offset on.',
  },
  'verifier.waiting': {
    level: 'warn',
    meaning:
      'The verifier cannot start yet, because something that it needs is away; it tries again after the named back-off.',
  },
  'verifier.stopped': { level: 'info', meaning: 'The verifier ended; the named offset is verified and committed.' },
  'verifier.failed': {
    level: 'error',
    meaning: 'The verifier ended by an error; its supervisor decides what follows.',
  },
  'verifier.skipped': {
    level: 'error',
    meaning: 'The verifier begins behind changes that it has not seen; they are kept as an unverified range.',
  },
  'verifier.began-anew': {
    level: 'warn',
    meaning:
      'The committed offset lies behind the end of the topic, which was cut or made anew; it is read from its start.',
  },
  'verifier.range.noted': {
    level: 'warn',
    meaning: 'Changes of a shard could not be verified from the named offset on; they are kept as an unverified range.',
  },
  'verifier.range.reading': { level: 'info', meaning: 'An unverified range is read again.' },
  'verifier.range.verified': { level: 'info', meaning: 'All of an unverified range has been looked at again.' },
  'verifier.range.unread': {
    level: 'warn',
    meaning: 'An unverified range could not be read again; it stays, and is tried later unless its records are gone.',
  },
  'verifier.range.unsaved': {
    level: 'error',
    meaning: 'Unverified ranges cannot be stored now; no offset passes their changes until they are.',
  },
  'verifier.source.silent': {
    level: 'warn',
    meaning:
      'The source, or a look-up, gave no answer for so many rows since this was told last. They wait, or are kept as an unverified range, and are verified when it answers. Told once a minute at most.',
  },
  'verifier.mismatch.reported': {
    level: 'error',
    meaning: 'Rows that are proved to differ from their source were handed to recovery.',
  },
  'verifier.report.retry': {
    level: 'warn',
    meaning: 'Recovery did not take a report; it is sent again after the named back-off.',
  },
  'verifier.refusal.unasked': {
    level: 'error',
    meaning:
      'Whether the sink has findings of changes that the verifier cannot route is not known now; no offset passes them until it is.',
  },
  'verifier.replica.failed': {
    level: 'warn',
    meaning: 'A replica could not be read; first looks at its shard read the primary for ten seconds.',
  },
  'verifier.read.retry': {
    level: 'warn',
    meaning: 'Rows of a shard could not be read; they are read again, and then kept as an unverified range.',
  },
} as const satisfies Record<string, EventInfo>;
