import type { CodeInfo } from './code-info.ts';

/** Of a look at the source and at the target; the answers of the databases themselves have codes of their own. */
export const witnessCodes = {
  ERG_4081: {
    class: 'row',
    meaning: 'Nothing tells which row of the source a row of the target is of.',
    system: 'Takes the row for neither right nor wrong.',
    operator:
      'Give the target table the columns of the primary key at the source, or look at the row by hand; ergate does not touch it.',
  },
  ERG_4082: {
    class: 'schema',
    meaning: 'A table or column that is to be compared does not exist at the source, or changed while it was read.',
    system: 'Reads the tables of the source again and asks once more; then takes its rows for neither right nor wrong.',
    operator: 'Nothing while it heals by itself; if the table was dropped for good, take it out of the settings.',
  },
  ERG_4083: {
    class: 'configuration',
    meaning: 'A row to compare is of a table, or on a shard, that the settings of the pipeline do not name.',
    system: 'Takes the row for neither right nor wrong.',
    operator: 'Nothing, if the table or shard was taken out of the settings: close the case that names it.',
  },
  ERG_4084: {
    class: 'row',
    meaning: 'A row to compare is named by other columns than those of the key that its target table has now.',
    system: 'Takes the row for neither right nor wrong.',
    operator: 'Close the case that names it; a sweep of the table names its wrong rows by the new key.',
  },
  ERG_4085: {
    class: 'row',
    meaning: 'A row is extra at the target while the source has it: its look-up names no shard for it.',
    system: 'Does not delete the row; a look-up that lost its rows would take good rows with it.',
    operator:
      'Check the table that the look-up asks. If the row is to go, delete it by "ergate force-sync … --delete", one by one.',
  },
  ERG_4086: {
    class: 'transient',
    meaning: 'A row is extra at the target, and the source row is not yet where it belongs instead.',
    system: 'Does not delete the row before it is there; the deletion is tried again later.',
    operator: 'Nothing while it heals by itself; otherwise see what keeps the row from its shard.',
  },
  ERG_4087: {
    class: 'row',
    meaning: 'A row is extra at the target, and its table at the source has no row at all.',
    system: 'Does not delete the row: an empty table is more often a wrong schema or a lost table than a true one.',
    operator:
      'Check that the source is the right one. If the table is rightly empty, empty that of the target by hand, or delete the row by "ergate force-sync … --delete".',
  },
  ERG_4088: {
    class: 'row',
    meaning: 'The key of a row holds bytes that mean no character in the character set of its column.',
    system: 'Takes the row for neither right nor wrong: by such a key nobody can ask for it.',
    operator: 'Look at the row by hand (SELECT HEX(key)), and give it a key of characters, or drop it.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
