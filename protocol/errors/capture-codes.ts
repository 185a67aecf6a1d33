import type { CodeInfo } from './code-info.ts';

const STOPS = 'The capture stops in front of the transaction; nothing is skipped.';

export const captureCodes = {
  ERG_1501: {
    class: 'configuration',
    meaning: 'The binary log position of the checkpoint is no longer on the source.',
    system: 'The capture stops and names the file; it never skips to the newest position by itself.',
    operator: 'Restore the binary log, or raise the epoch of the capture and re-sync the tables.',
  },
  ERG_1502: {
    class: 'transient',
    meaning: 'The source cannot be reached, or its binary log connection was lost.',
    system: 'Connects anew with back-off, for ever, and resumes from the last acknowledged position.',
    operator: 'Nothing while it heals by itself; otherwise look at the source server.',
  },
  ERG_1503: {
    class: 'configuration',
    meaning: 'The source does not write its binary log in the way a capture needs: rows, full images, full metadata.',
    system: 'The capture stops and names the setting; changes that were not logged as rows cannot be read.',
    operator:
      'Set binlog_format=ROW, binlog_row_image=FULL and binlog_row_metadata=FULL, also in sessions that set their own; re-sync what was written otherwise.',
  },
  ERG_1504: {
    class: 'configuration',
    meaning: 'A column cannot be carried exactly: its type is not supported or the log disagrees with the table.',
    system: STOPS,
    operator: 'Change the column, or take the table out of the capture.',
  },
  ERG_1505: {
    class: 'configuration',
    meaning: 'The log holds a transaction that was not simply committed: XA prepared, or rolled back in parts.',
    system: STOPS,
    operator: 'Keep captured tables transactional and out of XA transactions; then set a new start position.',
  },
  ERG_1506: {
    class: 'configuration',
    meaning: 'A captured table has no column of its configured record key.',
    system: STOPS,
    operator: 'Mend the record key in the settings, or the table.',
  },
  ERG_1507: {
    class: 'configuration',
    meaning: 'The epoch of the capture is lower than that of its checkpoint.',
    system: 'The capture does not start: it would number its changes below those that were sent.',
    operator: 'Give the epoch that the checkpoint has, or a higher one for a log that restarted.',
  },
  ERG_1508: {
    class: 'configuration',
    meaning: 'The source refuses the user of the capture: log-in or rights.',
    system: 'The capture stops and repeats the answer of the server.',
    operator: 'Grant SELECT on the tables, REPLICATION SLAVE and REPLICATION CLIENT (BINLOG MONITOR on MariaDB).',
  },
  ERG_1509: {
    class: 'configuration',
    meaning: 'The binary log holds something that cannot be decoded, such as compressed transactions.',
    system: STOPS,
    operator: 'Switch off what the message names, or report it with the position.',
  },
  ERG_1510: {
    class: 'configuration',
    meaning: 'A captured table is not at the source: it was never there, or it was dropped or renamed.',
    system: 'The capture goes on with the other tables and says so in its status.',
    operator: 'Mend the name in the settings, or re-create the table; rows at the targets stay as they are.',
  },
  ERG_1511: {
    class: 'configuration',
    meaning: 'A row got another record key: its changes before and after may be in different partitions.',
    system:
      'Sends a delete under the old key and an insert under the new one, and says so in its status; between the two there is no order, so the row may be missing or old at the targets.',
    operator:
      'Choose a record key that never changes for a row; compare the tables that the message names, and re-sync them.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
