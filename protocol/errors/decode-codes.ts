import type { CodeInfo } from './code-info.ts';

export const decodeCodes = {
  ERG_1001: {
    class: 'row',
    meaning: 'The value of a change record has no bytes.',
    system: 'Stores an opaque finding with the original bytes; the partition goes on.',
    operator: 'Find the producer that wrote it; re-sync the table if a change is missing.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
