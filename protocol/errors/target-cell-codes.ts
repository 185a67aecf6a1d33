import type { CodeInfo } from './code-info.ts';

const SETS_ASIDE = 'The change becomes a finding before anything is sent; the rest of its batch is applied.';
const LOOK_AT_FINDING = 'Look at the finding; mend the target column or the row at the source.';

/** What can be wrong with a change and is seen while its statement is built. */
export const targetCellCodes = {
  ERG_3301: {
    class: 'row',
    meaning: 'A value is not written the way the type of its target column demands.',
    system: SETS_ASIDE,
    operator: LOOK_AT_FINDING,
  },
  ERG_3302: {
    class: 'row',
    meaning: 'The target column is too narrow for a value: digits, fractions of a second or characters would be lost.',
    system: SETS_ASIDE,
    operator: 'Widen the column to what the source has, then re-sync the row.',
  },
  ERG_3303: {
    class: 'row',
    meaning: 'A column of the row key is missing or NULL in the change.',
    system: SETS_ASIDE,
    operator: 'Make the producer send full keys; every column of the key is needed.',
  },
  ERG_3304: {
    class: 'row',
    meaning: 'A text is not valid Unicode.',
    system: SETS_ASIDE,
    operator: 'Look at the finding; the producer cut a character in half.',
  },
  ERG_3305: {
    class: 'row',
    meaning: 'A row is larger than half of the packet that the target accepts.',
    system: SETS_ASIDE,
    operator: 'Raise max_allowed_packet at the target.',
  },
  ERG_3306: {
    class: 'row',
    meaning: 'The type of a target column is not supported.',
    system: SETS_ASIDE,
    operator: 'Add the column to ignoreColumns, or change its type.',
  },
  ERG_3307: {
    class: 'row',
    meaning: 'A table without a version column is guarded by the commit time, and the change carries none.',
    system: SETS_ASIDE,
    operator: 'Add the version column to the table, or make the producer send commit times.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
