import type { CodeInfo } from './code-info.ts';

export const supervisionCodes = {
  ERG_6001: {
    class: 'fenced',
    meaning: 'A command came from a supervisor older than one already seen.',
    system: 'The command is refused; the older supervisor stops acting.',
    operator: 'Nothing; check why two supervisors ran.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
