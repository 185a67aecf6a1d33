import { KEY_TEXT } from './table-options.ts';

/** A row for each pipeline that has canaries: a step of the migrations of the state database. */
export const CANARY_MIGRATION: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ergate_canary (
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL PRIMARY KEY,
    place_epoch BIGINT UNSIGNED NOT NULL,
    turn BIGINT UNSIGNED NOT NULL,
    canary LONGTEXT NULL,
    planned_ms BIGINT NULL,
    found_ms BIGINT NULL,
    missed_ms BIGINT NULL,
    reason VARCHAR(1024) NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
];

/** Until then only a sweep had to find them. */
export const CANARY_FINDERS_MIGRATION = {
  isDone: `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'ergate_canary'
      AND COLUMN_NAME = 'verifier_found_ms'`,
  statement: `ALTER TABLE ergate_canary ADD COLUMN verifier_found_ms BIGINT NULL,
      ADD COLUMN verifier_missed_ms BIGINT NULL, ADD COLUMN verifier_reason VARCHAR(1024) NULL`,
};
