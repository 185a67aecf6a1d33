import type { CodeInfo } from './code-info.ts';
import { targetCellCodes } from './target-cell-codes.ts';
import { targetSetupCodes } from './target-setup-codes.ts';

const LOOK_AT_SERVER = 'Nothing while it heals by itself; otherwise look at the target server.';
const RETRIES = 'Rolls back and retries with back-off; the changes wait in their lanes.';
const WAITS = 'The changes wait in their lanes; the tables are read anew and the batch is tried again with back-off.';
const ISOLATES =
  'The batch is rolled back and divided until the change stands alone; it becomes a finding, the rest is applied.';
const LOOK_AT_FINDING = 'Look at the finding; mend the target table or the row at the source.';

/** 300x reachability · 31xx ownership · 32xx rows (33xx: found before anything was sent) · 34xx schema · 35xx set-up */
export const targetCodes = {
  ...targetCellCodes,
  ...targetSetupCodes,
  ERG_3001: {
    class: 'transient',
    meaning: 'The target cannot be reached; nothing was sent.',
    system: 'Retries with back-off on a new connection; the changes wait in their lanes.',
    operator: LOOK_AT_SERVER,
  },
  ERG_3002: {
    class: 'unknown',
    meaning: 'The connection to the target was lost after a statement had been sent.',
    system: 'Ends the old session at the server, then writes the same batch again under the overwrite guard.',
    operator: LOOK_AT_SERVER,
  },
  ERG_3003: {
    class: 'unknown',
    meaning:
      'The target did not answer within the deadline of a batch; a full disk and a frozen server look like this.',
    system: 'Ends the old session at the server, then writes the same batch again under the overwrite guard.',
    operator: LOOK_AT_SERVER,
  },
  ERG_3004: {
    class: 'transient',
    meaning: 'The target ended a transaction of ours to resolve a deadlock.',
    system: RETRIES,
    operator: 'Nothing; when it is frequent, look for other writers of the target tables.',
  },
  ERG_3005: {
    class: 'transient',
    meaning: 'A lock at the target was held by somebody else for longer than the lock wait.',
    system: RETRIES,
    operator: 'Look for long transactions or schema changes at the target.',
  },
  ERG_3006: {
    class: 'transient',
    meaning: 'The target ended a statement of ours: killed, or over a time limit of the server.',
    system: RETRIES,
    operator: LOOK_AT_SERVER,
  },
  ERG_3007: {
    class: 'transient',
    meaning: 'The target is read-only.',
    system: RETRIES,
    operator: 'Nothing during a failover; otherwise make the server writable or name the right one.',
  },
  ERG_3008: {
    class: 'transient',
    meaning: 'The target has no connection left for us.',
    system: RETRIES,
    operator: 'Raise the limit of connections or lower the number of lanes.',
  },
  ERG_3009: {
    class: 'transient',
    meaning: 'The disk or a table of the target is full.',
    system: RETRIES,
    operator: 'Free space at the target.',
  },
  ERG_3010: {
    class: 'transient',
    meaning: 'An earlier session of a writer is still at work in the server, so that a new one must not write yet.',
    system: 'Ends the earlier session and asks again with back-off.',
    operator: LOOK_AT_SERVER,
  },
  ERG_3011: {
    class: 'transient',
    meaning: 'The circuit breaker of the shard is open: its last validation queries failed.',
    system: 'Nothing is sent to the shard; one probe after a while decides. Other shards go on.',
    operator: LOOK_AT_SERVER,
  },
  ERG_3012: {
    class: 'transient',
    meaning: 'The circuit breaker of the shard is held open by hand.',
    system: 'Nothing is sent to the shard until it is closed by hand. Other shards go on.',
    operator: 'Close it with ergate breaker close when the reason that was given is gone.',
  },
  ERG_3013: {
    class: 'transient',
    meaning: 'A shard, or a table of one, cannot be written and is left out of a partition; the rest goes on.',
    system: 'Tries it again, reads what it lacks once more from Kafka, and takes it back.',
    operator: 'Mend what the message names before Kafka has dropped the records; nothing else is needed.',
  },
  ERG_3098: {
    class: 'transient',
    meaning:
      'The target refused a session or a question with an error that ergate does not know; nothing was sent to be written.',
    system: 'Retries with back-off; the changes wait in their lanes.',
    operator: 'Look at the target server; report it with its number, which stands in the log.',
  },
  ERG_3099: {
    class: 'transient',
    meaning: 'The target answered with an error that ergate does not know.',
    system: 'Tried again a few times; then the batch is divided like one with a bad row.',
    operator: 'Report it with its number; the number stands in the log.',
  },
  ERG_3101: {
    class: 'fenced',
    meaning: 'A newer owner of the partition has taken the fence of the target.',
    system: 'The older one stops at once; its batch was rolled back.',
    operator: 'Nothing.',
  },
  ERG_3102: {
    class: 'bug',
    meaning:
      'The fence row of this owner is gone or older than the owner; the target was restored or its row was edited.',
    system: 'The actor restarts and takes the fence again.',
    operator: 'After a restore, re-sync what the target lost.',
  },
  ERG_3103: {
    class: 'transient',
    meaning: 'The old owner of the partition still holds the fence although its sessions were ended.',
    system: 'Takes the fence again with back-off; writes nothing until then.',
    operator: 'Look for sessions of other users that lock the table ergate_fence.',
  },
  ERG_3201: {
    class: 'row',
    meaning: 'A value is too long for its column at the target.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3202: {
    class: 'row',
    meaning: 'A value is out of the range of its column at the target.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3203: {
    class: 'row',
    meaning: 'The target refused a value as wrong for its column.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3204: {
    class: 'row',
    meaning: 'A column of the target needs a value and the change has none.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3205: {
    class: 'row',
    meaning: 'A check of the target table refused the row, or a text is not valid JSON.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3206: {
    class: 'row',
    meaning: 'A foreign key of the target refused the row.',
    system: ISOLATES,
    operator: 'Drop foreign keys at the target: rows of different tables may arrive in any order.',
  },
  ERG_3207: {
    class: 'row',
    meaning: 'Another row of the target has the same value in a unique index that is not the key.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3208: {
    class: 'row',
    meaning: 'A trigger, view, partition or row size of the target refused the row.',
    system: ISOLATES,
    operator: LOOK_AT_FINDING,
  },
  ERG_3401: {
    class: 'schema',
    meaning: 'A column that was there is missing at the target, or a table was changed under a statement.',
    system: 'Reads the table again, plans the batch anew and tries once more.',
    operator: 'Nothing after a finished schema change; otherwise ignore the column or bring it back.',
  },
  ERG_3402: {
    class: 'schema',
    meaning: 'A table that was there is missing at the target.',
    system: 'Reads the catalog again and tries once more.',
    operator: 'Create the table or take it out of the pipeline.',
  },
  ERG_3501: {
    class: 'configuration',
    meaning: 'The database user lacks a privilege at the target.',
    system: WAITS,
    operator: 'Grant SELECT, INSERT, UPDATE and DELETE on the tables, and CREATE for the table ergate_fence.',
  },
  ERG_3502: {
    class: 'configuration',
    meaning: 'The target refused the user, the password or the database.',
    system: WAITS,
    operator: 'Mend the server entry in the settings or create the user and the database.',
  },
  ERG_3503: {
    class: 'configuration',
    meaning: 'A target table has neither a version column nor a commit time column.',
    system: 'Writes nothing: without them an older change could replace a newer one.',
    operator: 'Add the columns of the marker settings, such as ergate_seq BIGINT UNSIGNED NULL.',
  },
  ERG_3504: {
    class: 'configuration',
    meaning: 'A target table has no primary key and the settings name none.',
    system: 'Writes nothing to it.',
    operator: 'Add a primary key, or name the key columns in the settings.',
  },
  ERG_3505: {
    class: 'configuration',
    meaning: 'A marker column of a target table has a type that cannot hold its marker.',
    system: 'Writes nothing to the table.',
    operator: 'Make the version BIGINT UNSIGNED, the commit time DATETIME(3) or TIMESTAMP(3), the writer TINYINT.',
  },
  ERG_3506: {
    class: 'configuration',
    meaning: 'The target, or a proxy in front of it, changed a session setting after it was set.',
    system: 'The connection is refused: values could be stored differently from what was sent.',
    operator: 'Remove the rule of the proxy or the init_connect that changes it.',
  },
  ERG_3507: {
    class: 'configuration',
    meaning: 'The target refuses the statement because of an option it runs with.',
    system: WAITS,
    operator: 'Look at the options of the target server.',
  },
  ERG_3508: {
    class: 'configuration',
    meaning: 'Columns of a configured key do not exist in the target table.',
    system: 'Writes nothing to it.',
    operator: 'Correct the key columns in the settings.',
  },
  ERG_3509: {
    class: 'configuration',
    meaning: 'The settings ignore a column that is part of the key of a target table.',
    system: 'Writes nothing to the table: without its key no row could be told from another.',
    operator: 'Take the column out of ignoreColumns.',
  },
  ERG_3901: {
    class: 'bug',
    meaning: 'The target could not parse a statement of ours.',
    system: `${ISOLATES} The statement is never logged, it holds values.`,
    operator: 'Report it with the table and its definition.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
