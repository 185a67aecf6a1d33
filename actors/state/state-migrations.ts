/**
 * The tables of the state database, in steps. A step that was released is never changed; a change is a new step.
 * Steps run under a named lock, one after the other; each must be safe to run again after a crash in its middle.
 */
import { CANARY_FINDERS_MIGRATION, CANARY_MIGRATION } from './canary-migration.ts';
import {
  AUDIT_TABLES,
  CASE_CONFIRMED,
  CASE_TABLES,
  FINDING_CASE,
  FINDING_TABLE,
  HISTORY_CLOSED,
  HISTORY_CONFIRMED,
  RANGE_GIVEN_UP,
  RUN_TABLES,
} from './case-tables.ts';
import { SWEEP_MIGRATION } from './sweep-migration.ts';
import { KEY_TEXT } from './table-options.ts';

export const STATE_MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS ergate_finding_record (
      pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
      topic VARCHAR(249) ${KEY_TEXT} NOT NULL,
      topic_epoch SMALLINT UNSIGNED NOT NULL,
      partition_no INT UNSIGNED NOT NULL,
      offset_no BIGINT UNSIGNED NOT NULL,
      record_key LONGBLOB NULL,
      record_value LONGBLOB NULL,
      PRIMARY KEY (pipeline, topic, topic_epoch, partition_no, offset_no)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS ergate_finding (
      pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
      topic VARCHAR(249) ${KEY_TEXT} NOT NULL,
      topic_epoch SMALLINT UNSIGNED NOT NULL,
      partition_no INT UNSIGNED NOT NULL,
      offset_no BIGINT UNSIGNED NOT NULL,
      payload_index INT NOT NULL,
      stage VARCHAR(16) ${KEY_TEXT} NOT NULL,
      code VARCHAR(16) ${KEY_TEXT} NOT NULL,
      message VARCHAR(4096) NOT NULL,
      table_name VARCHAR(64) NULL,
      row_key TEXT NULL,
      found_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      PRIMARY KEY (pipeline, topic, topic_epoch, partition_no, offset_no, payload_index, stage),
      KEY counted (pipeline, code, found_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS ergate_capture_checkpoint (
      capture VARCHAR(40) ${KEY_TEXT} NOT NULL PRIMARY KEY,
      place_epoch BIGINT UNSIGNED NOT NULL,
      epoch INT UNSIGNED NULL,
      binlog_file VARCHAR(255) NULL,
      binlog_position BIGINT UNSIGNED NULL,
      gtid TEXT NULL,
      saved_at DATETIME(3) NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS ergate_counter (
      name VARCHAR(40) ${KEY_TEXT} NOT NULL PRIMARY KEY,
      value BIGINT UNSIGNED NOT NULL
    ) ENGINE=InnoDB`,
  ],
  // A record that is larger than a packet stands in several rows, each with the place of its first byte.
  onlyOnce(
    `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'ergate_finding_record'
      AND COLUMN_NAME = 'byte_at'`,
    `ALTER TABLE ergate_finding_record ADD COLUMN byte_at INT UNSIGNED NOT NULL DEFAULT 0 AFTER offset_no,
      DROP PRIMARY KEY, ADD PRIMARY KEY (pipeline, topic, topic_epoch, partition_no, offset_no, byte_at)`,
  ),
  [
    `CREATE TABLE IF NOT EXISTS ergate_unwritten_column (
      pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
      topic VARCHAR(249) ${KEY_TEXT} NOT NULL,
      topic_epoch SMALLINT UNSIGNED NOT NULL,
      partition_no INT UNSIGNED NOT NULL,
      table_name VARCHAR(64) NOT NULL,
      column_name VARCHAR(64) NOT NULL,
      changes BIGINT UNSIGNED NOT NULL,
      first_offset BIGINT UNSIGNED NOT NULL,
      last_offset BIGINT UNSIGNED NOT NULL,
      first_commit_time DATETIME(3) NULL,
      last_commit_time DATETIME(3) NULL,
      is_open TINYINT NOT NULL,
      updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
      PRIMARY KEY (pipeline, topic, topic_epoch, partition_no, table_name, column_name),
      KEY newest (updated_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS ergate_breaker_order (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
      shard VARCHAR(64) ${KEY_TEXT} NOT NULL,
      action VARCHAR(8) ${KEY_TEXT} NOT NULL,
      reason VARCHAR(512) NOT NULL,
      ordered_by VARCHAR(128) NOT NULL,
      ordered_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      KEY newest (pipeline, shard, id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
  ],
  CASE_TABLES,
  onlyOnce(FINDING_CASE.isDone, FINDING_CASE.statement),
  RUN_TABLES,
  AUDIT_TABLES,
  SWEEP_MIGRATION,
  CANARY_MIGRATION,
  onlyOnce(RANGE_GIVEN_UP.isDone, RANGE_GIVEN_UP.statement),
  onlyOnce(HISTORY_CLOSED.isDone, HISTORY_CLOSED.statement),
  onlyOnce(CANARY_FINDERS_MIGRATION.isDone, CANARY_FINDERS_MIGRATION.statement),
  onlyOnce(CASE_CONFIRMED.isDone, CASE_CONFIRMED.statement),
  onlyOnce(HISTORY_CONFIRMED.isDone, HISTORY_CONFIRMED.statement),
  onlyOnce(FINDING_TABLE.isDone, FINDING_TABLE.statement),
];

/** A statement that would fail when run again. @param isDone a query that has a row afterwards */
function onlyOnce(isDone: string, statement: string): readonly string[] {
  return [
    `SET @ergate_step = IF(EXISTS (${isDone}), 'DO 0', '${statement}')`,
    'PREPARE ergate_step FROM @ergate_step',
    'EXECUTE ergate_step',
    'DEALLOCATE PREPARE ergate_step',
  ];
}
