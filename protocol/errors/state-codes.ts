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
  ERG_5005: {
    class: 'configuration',
    meaning: 'The chain of the audit is broken: an entry, or the head of the chain, was changed or taken out.',
    system: 'Without the head nothing that has to be noted is done.',
    operator:
      'ergate state audit --verify names the first place that is wrong. Find out who can write the state database, and put the tables ergate_audit and ergate_audit_head back from a backup.',
  },
  ERG_5006: {
    class: 'configuration',
    meaning: 'A recovery plan asks for rows that cannot be told, or for too many.',
    system: 'No plan is made.',
    operator: 'Choose the rows as the message says.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
