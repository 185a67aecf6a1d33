/** The tables of sweeps: a step of the migrations of the state database. */
const KEY_TEXT = 'CHARACTER SET ascii COLLATE ascii_bin';

export const SWEEP_MIGRATION: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ergate_sweep (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    pipeline VARCHAR(40) ${KEY_TEXT} NOT NULL,
    origin VARCHAR(8) ${KEY_TEXT} NOT NULL,
    scope LONGTEXT NOT NULL,
    is_whole TINYINT NOT NULL,
    state VARCHAR(8) ${KEY_TEXT} NOT NULL,
    place_epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
    reason VARCHAR(1024) NULL,
    ordered_by VARCHAR(128) NOT NULL,
    ordered_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    started_at DATETIME(3) NULL,
    ended_at DATETIME(3) NULL,
    KEY open (pipeline, state, id),
    KEY scheduled (pipeline, origin, id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
  // A place holds the cells of a key, which may be thousands of characters.
  `CREATE TABLE IF NOT EXISTS ergate_sweep_table (
    sweep_id BIGINT UNSIGNED NOT NULL,
    table_name VARCHAR(64) NOT NULL,
    place LONGTEXT NULL,
    row_count BIGINT UNSIGNED NOT NULL,
    target_row_count BIGINT UNSIGNED NOT NULL,
    chunk_count BIGINT UNSIGNED NOT NULL,
    suspect_count BIGINT UNSIGNED NOT NULL,
    mismatch_count BIGINT UNSIGNED NOT NULL,
    unjudged_count BIGINT UNSIGNED NOT NULL,
    reason VARCHAR(1024) NULL,
    saved_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    ended_at DATETIME(3) NULL,
    PRIMARY KEY (sweep_id, table_name)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
];
