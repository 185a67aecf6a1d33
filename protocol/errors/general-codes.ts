import type { CodeInfo } from './code-info.ts';

export const generalCodes = {
  ERG_9000: {
    class: 'bug',
    meaning: 'An error that ergate does not know reached an actor.',
    system: 'The actor stops and is restarted within its budget.',
    operator: 'Report it with the log lines around it.',
  },
  ERG_9001: {
    class: 'expected',
    meaning: 'The work was cancelled because a stop was requested.',
    system: 'Ends the work; nothing is lost.',
    operator: 'Nothing.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
