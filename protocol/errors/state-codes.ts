import type { CodeInfo } from './code-info.ts';

export const stateCodes = {
  ERG_5001: {
    class: 'transient',
    meaning: 'The state database cannot be reached.',
    system: 'What needs it waits and retries with back-off; good changes go on until the offset gap is full.',
    operator: 'Bring the state database back.',
  },
  ERG_5002: {
    class: 'configuration',
    meaning: 'The state database refuses what was asked: log-in, rights, a missing schema or a size limit.',
    system: 'What needs it stops and repeats the answer of the server.',
    operator: 'Mend what the message names; a limit of size is max_allowed_packet.',
  },
  ERG_5003: {
    class: 'fenced',
    meaning: 'A capture of a newer place has taken over the checkpoint.',
    system: 'The older one stops at once.',
    operator: 'Nothing; this is how a capture moves.',
  },
  ERG_5004: {
    class: 'configuration',
    meaning: 'The tables of the state database are newer than this program.',
    system: 'The process does not use them.',
    operator: 'Start the version that made them, or a newer one.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
