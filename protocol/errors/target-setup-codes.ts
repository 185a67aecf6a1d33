import type { CodeInfo } from './code-info.ts';

const REFUSES = 'Writes nothing to the table until it is mended: its changes wait, or are left out and made up for.';
const DOCTOR = 'ergate doctor prints the statement.';
const TELLS = 'Writes to the table; ergate doctor tells it.';

/** What a target table, its server or the user there should not be; seen before anything is written. */
export const targetSetupCodes = {
  ERG_3520: {
    class: 'configuration',
    meaning: 'A key column of a target table has a type by which rows cannot be told apart.',
    system: REFUSES,
    operator: 'Name another key as primaryKey in the settings.',
  },
  ERG_3521: {
    class: 'configuration',
    meaning: 'A target table has no version column and is guarded by the commit time alone (article mode).',
    system: TELLS,
    operator: `Add the version column; ${DOCTOR}`,
  },
  ERG_3522: {
    class: 'configuration',
    meaning: 'The target of a table is a view or something else that is no table.',
    system: REFUSES,
    operator: 'Name the table behind it as target in the settings.',
  },
  ERG_3523: {
    class: 'configuration',
    meaning: 'A target table is in an engine without transactions.',
    system: REFUSES,
    operator: `Move it to a transactional engine; ${DOCTOR}`,
  },
  ERG_3524: {
    class: 'configuration',
    meaning:
      'A foreign key of a target table changes or deletes further rows by itself (CASCADE, SET NULL), so that rows would be lost when a key changes.',
    system: REFUSES,
    operator: `Drop the foreign key at the target; ${DOCTOR}`,
  },
  ERG_3525: {
    class: 'configuration',
    meaning: 'A target table has a trigger.',
    system: TELLS,
    operator: `Drop the trigger unless it neither changes the row nor minds running twice; ${DOCTOR}`,
  },
  ERG_3526: {
    class: 'configuration',
    meaning: 'No unique index of a target table covers its whole key.',
    system: 'Writes its rows one by one; each may be searched for in the whole table.',
    operator: `Add the primary key; ${DOCTOR}`,
  },
  ERG_3527: {
    class: 'configuration',
    meaning: 'A target table has a column that needs a value and that the source does not have.',
    system: 'Updates are applied; every insert becomes a finding (ERG_3204).',
    operator: `Give the column a default or let it be NULL; ${DOCTOR}`,
  },
  ERG_3528: {
    class: 'configuration',
    meaning: 'The source has a column that the target table does not have.',
    system: 'Does not write it; counts its values, with the first and last offset.',
    operator: `Add the column at the target, or name it in ignoreColumns; ${DOCTOR}`,
  },
  ERG_3529: {
    class: 'configuration',
    meaning: 'The database user may write to a server that is read-only, such as one that a failover has left behind.',
    system: TELLS,
    operator: `Use a user without SUPER, CONNECTION_ADMIN and READ ONLY ADMIN; ${DOCTOR}`,
  },
  ERG_3530: {
    class: 'configuration',
    meaning: 'The table ergate_fence of a target is not as ergate makes it.',
    system: 'Takes no fence there, hence writes nothing.',
    operator: `Rename it away; ${DOCTOR}`,
  },
  ERG_3531: {
    class: 'configuration',
    meaning: 'A column of the target cannot hold all that the column of the source can.',
    system: 'Writes what fits; a value that does not becomes a finding (ERG_3201, ERG_3202, ERG_3302).',
    operator: `Widen the column; ${DOCTOR}`,
  },
  ERG_3532: {
    class: 'configuration',
    meaning:
      'A foreign key of a source table changes or deletes further rows, of which the log of the source says nothing.',
    system: 'Rows changed that way stay as they were at the target.',
    operator: 'Let the application change the rows itself, or drop the rule at the source.',
  },
  ERG_3533: {
    class: 'configuration',
    meaning: 'A target server acknowledges commits that a crash may undo.',
    system: 'Writes there. Offsets of what was acknowledged are committed; after a crash it may be missing.',
    operator: `Set innodb_flush_log_at_trx_commit = 1; after a crash rewind the pipeline by some minutes. ${DOCTOR}`,
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
