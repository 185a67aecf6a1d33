/**
 * The tables of cases, of what people want of them, and of runs. Times are wall ms by the clock of the database.
 *
 * A million open cases are listed, counted and worked off as fast as ten: each question of case-store.ts and case-desk.ts
 * has an index that holds what it asks for in the order in which it is wanted.
 */
import { KEY_TEXT, TABLE_OPTIONS } from './table-options.ts';

/** The same in open and closed cases, so that one moves to the others as it is. */
const CASE_COLUMNS = `
  pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
  partition_no INT UNSIGNED NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  shard VARCHAR(64) ${KEY_TEXT} NOT NULL,
  key_sha256 BINARY(32) NOT NULL,
  row_key MEDIUMTEXT NOT NULL,
  target_key MEDIUMTEXT NOT NULL,
  source_key MEDIUMTEXT NOT NULL,
  kind VARCHAR(16) ${KEY_TEXT} NOT NULL,
  state VARCHAR(16) ${KEY_TEXT} NOT NULL,
  rev BIGINT UNSIGNED NOT NULL,
  differing_columns MEDIUMTEXT NOT NULL,
  source_digest VARCHAR(128) ${KEY_TEXT} NULL,
  target_digest VARCHAR(128) ${KEY_TEXT} NULL,
  topic_epoch INT UNSIGNED NOT NULL,
  offset_no BIGINT UNSIGNED NOT NULL,
  commit_ms BIGINT NULL,
  is_owner_unknown TINYINT NOT NULL DEFAULT 0,
  found_by VARCHAR(16) ${KEY_TEXT} NOT NULL,
  first_seen_ms BIGINT NOT NULL,
  last_seen_ms BIGINT NOT NULL,
  detections INT UNSIGNED NOT NULL,
  extra_since_ms BIGINT NULL,
  attempts INT UNSIGNED NOT NULL,
  lost_races INT UNSIGNED NOT NULL,
  relapses INT UNSIGNED NOT NULL,
  cleared_looks INT UNSIGNED NOT NULL,
  ordered VARCHAR(16) ${KEY_TEXT} NULL,
  due_ms BIGINT NULL,
  outage_id BIGINT UNSIGNED NULL,
  run_id BIGINT UNSIGNED NULL,
  repaired_ms BIGINT NULL,
  repair_offset BIGINT UNSIGNED NULL,
  reason TEXT NULL,
  case_end VARCHAR(16) ${KEY_TEXT} NULL,
  previous_id BIGINT UNSIGNED NULL`;

export const CASE_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ergate_case (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,${CASE_COLUMNS},
    UNIQUE KEY one_per_row (pipeline, table_name, shard, key_sha256),
    KEY due (pipeline, partition_no, due_ms),
    KEY of_place (pipeline, partition_no, state, shard, commit_ms, offset_no),
    KEY seen (pipeline, first_seen_ms, partition_no),
    KEY by_state (pipeline, state, kind),
    KEY by_table (pipeline, table_name, state, kind),
    KEY by_shard (pipeline, shard, state, kind),
    KEY of_run (run_id, state)
  ) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS ergate_case_history (
    id BIGINT UNSIGNED NOT NULL PRIMARY KEY,${CASE_COLUMNS},
    closed_ms BIGINT NOT NULL,
    KEY of_row (pipeline, table_name, shard, key_sha256),
    KEY by_pipeline (pipeline),
    KEY by_table (pipeline, table_name),
    KEY of_run (run_id, case_end)
  ) ${TABLE_OPTIONS}`,
  // Added to and never changed; kept when the case is closed.
  `CREATE TABLE IF NOT EXISTS ergate_case_event (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    case_id BIGINT UNSIGNED NOT NULL,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    at_ms BIGINT NOT NULL,
    event VARCHAR(40) ${KEY_TEXT} NOT NULL,
    from_state VARCHAR(16) ${KEY_TEXT} NULL,
    to_state VARCHAR(16) ${KEY_TEXT} NOT NULL,
    done_by VARCHAR(128) NOT NULL,
    note TEXT NOT NULL,
    before_image MEDIUMTEXT NULL,
    KEY of_case (case_id),
    KEY counted (pipeline, partition_no, event, at_ms)
  ) ${TABLE_OPTIONS}`,
  // Who may write the cases of a partition: the recovery actor of the highest epoch.
  `CREATE TABLE IF NOT EXISTS ergate_case_place (
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    epoch BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (pipeline, partition_no)
  ) ${TABLE_OPTIONS}`,
  // Open while settled_ms is NULL; one that waits for a second person has needs_second = 1 and is no order yet.
  `CREATE TABLE IF NOT EXISTS ergate_case_order (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    case_id BIGINT UNSIGNED NOT NULL,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    verb VARCHAR(16) ${KEY_TEXT} NOT NULL,
    reason VARCHAR(512) NOT NULL,
    ordered_by VARCHAR(128) NOT NULL,
    ordered_ms BIGINT NOT NULL,
    needs_second TINYINT NOT NULL DEFAULT 0,
    seconded_by VARCHAR(128) NULL,
    run_id BIGINT UNSIGNED NULL,
    may_delete TINYINT NOT NULL DEFAULT 0,
    until_ms BIGINT NULL,
    settled_ms BIGINT NULL,
    refusal TEXT NULL,
    KEY open (pipeline, partition_no, settled_ms, needs_second, run_id),
    KEY of_case (case_id),
    KEY of_run (run_id, settled_ms)
  ) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS ergate_unverified_range (
    id VARCHAR(64) ${KEY_TEXT} NOT NULL PRIMARY KEY,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    topic_epoch INT UNSIGNED NOT NULL,
    shard VARCHAR(64) ${KEY_TEXT} NOT NULL,
    table_name VARCHAR(64) NULL,
    from_offset BIGINT UNSIGNED NOT NULL,
    to_offset BIGINT UNSIGNED NOT NULL,
    reason TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    is_readable TINYINT NOT NULL,
    KEY of_partition (pipeline, partition_no, since_ms)
  ) ${TABLE_OPTIONS}`,
  // storm: the automatic repair of a table is stopped while it is open · outage: cases of a shard wait for it
  `CREATE TABLE IF NOT EXISTS ergate_incident (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    kind VARCHAR(16) ${KEY_TEXT} NOT NULL,
    subject VARCHAR(128) NOT NULL,
    reason TEXT NOT NULL,
    opened_ms BIGINT NOT NULL,
    closed_ms BIGINT NULL,
    closed_by VARCHAR(128) NULL,
    is_open TINYINT NULL DEFAULT 1 COMMENT 'NULL when closed, so that the key below holds for open ones only',
    UNIQUE KEY one_open (pipeline, kind, subject, is_open),
    KEY closed (pipeline, closed_ms)
  ) ${TABLE_OPTIONS}`,
];

/** A finding of a sink that has become a case names it. */
export const FINDING_CASE = {
  isDone: `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'ergate_finding'
      AND COLUMN_NAME = 'case_id'`,
  statement: `ALTER TABLE ergate_finding ADD COLUMN case_id BIGINT UNSIGNED NULL,
      ADD KEY without_case (pipeline, partition_no, case_id, found_at)`,
};

/** When a row was proven to be wrong; storms are judged by it. In both tables, so that a case moves as it is. */
export const CASE_CONFIRMED = {
  isDone: `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'ergate_case'
      AND COLUMN_NAME = 'confirmed_ms'`,
  statement: `ALTER TABLE ergate_case ADD COLUMN confirmed_ms BIGINT NULL,
      ADD KEY confirmed (pipeline, confirmed_ms)`,
};

export const HISTORY_CONFIRMED = {
  isDone: `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
      AND TABLE_NAME = 'ergate_case_history' AND COLUMN_NAME = 'confirmed_ms'`,
  statement: 'ALTER TABLE ergate_case_history ADD COLUMN confirmed_ms BIGINT NULL',
};

/** So that the findings of a table that have no case yet are counted without reading those that have one. */
export const FINDING_TABLE = {
  isDone: `SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
      AND TABLE_NAME = 'ergate_finding' AND INDEX_NAME = 'of_table'`,
  statement: 'ALTER TABLE ergate_finding ADD KEY of_table (pipeline, case_id, table_name)',
};

export const RUN_TABLES: readonly string[] = [
  // A plan is a run that nobody has started. What it is about stands in its items.
  `CREATE TABLE IF NOT EXISTS ergate_run (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    state VARCHAR(16) ${KEY_TEXT} NOT NULL,
    selection TEXT NOT NULL,
    looked_at INT UNSIGNED NOT NULL,
    items INT UNSIGNED NOT NULL,
    planned_by VARCHAR(128) NOT NULL,
    planned_ms BIGINT NOT NULL,
    valid_until_ms BIGINT NOT NULL,
    started_by VARCHAR(128) NULL,
    started_ms BIGINT NULL,
    may_delete TINYINT NOT NULL DEFAULT 0,
    reason VARCHAR(512) NULL,
    placed_items INT UNSIGNED NOT NULL DEFAULT 0,
    ended_ms BIGINT NULL,
    KEY newest (pipeline, id)
  ) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS ergate_run_item (
    run_id BIGINT UNSIGNED NOT NULL,
    item_no INT UNSIGNED NOT NULL,
    partition_no INT UNSIGNED NOT NULL,
    table_name VARCHAR(64) NOT NULL,
    shard VARCHAR(64) ${KEY_TEXT} NOT NULL,
    row_key MEDIUMTEXT NOT NULL,
    target_key MEDIUMTEXT NOT NULL,
    source_key MEDIUMTEXT NOT NULL,
    case_id BIGINT UNSIGNED NULL,
    action VARCHAR(16) ${KEY_TEXT} NOT NULL,
    PRIMARY KEY (run_id, item_no),
    KEY of_action (run_id, action)
  ) ${TABLE_OPTIONS}`,
];

/** A range that a person has given up stays, and is counted. Ids hold the name of a pipeline and numbers. */
export const RANGE_GIVEN_UP = {
  isDone: `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
    AND TABLE_NAME = 'ergate_unverified_range' AND COLUMN_NAME = 'given_up_ms'`,
  statement: `ALTER TABLE ergate_unverified_range MODIFY COLUMN id VARCHAR(120) ${KEY_TEXT} NOT NULL,
    ADD COLUMN given_up_ms BIGINT NULL, ADD COLUMN given_up_by VARCHAR(100) NULL,
    ADD COLUMN given_up_reason VARCHAR(500) NULL`,
};

/** So that what is over for long is found fast, among a million that are not. */
export const HISTORY_CLOSED = {
  isDone: `SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
    AND TABLE_NAME = 'ergate_case_history' AND INDEX_NAME = 'closed'`,
  statement: 'ALTER TABLE ergate_case_history ADD KEY closed (closed_ms)',
};

/** Whoever adds a row locks the head, so that rows are chained one after the other. */
export const AUDIT_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ergate_audit (
    id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor VARCHAR(128) NOT NULL,
    action VARCHAR(64) ${KEY_TEXT} NOT NULL,
    object VARCHAR(512) NOT NULL,
    reason VARCHAR(512) NOT NULL,
    detail MEDIUMTEXT NOT NULL,
    previous_sha256 CHAR(64) ${KEY_TEXT} NOT NULL,
    sha256 CHAR(64) ${KEY_TEXT} NOT NULL
  ) ${TABLE_OPTIONS}`,
  `CREATE TABLE IF NOT EXISTS ergate_audit_head (
    only_one TINYINT NOT NULL PRIMARY KEY,
    last_id BIGINT UNSIGNED NOT NULL,
    last_sha256 CHAR(64) ${KEY_TEXT} NOT NULL
  ) ${TABLE_OPTIONS}`,
  `INSERT INTO ergate_audit_head (only_one, last_id, last_sha256) VALUES (1, 0, REPEAT('0', 64))
    ON DUPLICATE KEY UPDATE only_one = 1`,
];
