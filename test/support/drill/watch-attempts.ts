/**
 * Makes a target note every row that a statement tries to write, also where it changes nothing and the log shows nothing:
 * triggers write a row of their own in the same transaction, so what was rolled back is not noted.
 */
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import { KEY_COLUMNS } from './decode-record.ts';

export const ATTEMPT_TABLE = 'drill_attempt';

export async function watchAttempts({ host, port, user, password, database }: Endpoint): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    await connection.query(
      `CREATE TABLE ${ATTEMPT_TABLE} (id BIGINT AUTO_INCREMENT PRIMARY KEY, table_name VARCHAR(64) NOT NULL,
       row_key VARCHAR(64) NOT NULL, ver BIGINT NOT NULL, ergate_seq BIGINT UNSIGNED NULL) ENGINE=InnoDB`,
    );
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SHOW TABLES');
    const tables = rows.map((row) => String(Object.values(row)[0])).filter((table) => table in KEY_COLUMNS);
    for (const table of tables) {
      const key = `CONCAT_WS(',', ${(KEY_COLUMNS[table] ?? []).map((column) => `NEW.${column}`).join(', ')})`;
      await connection.query(
        `CREATE TRIGGER ${table}_attempt BEFORE INSERT ON ${table} FOR EACH ROW INSERT INTO ${ATTEMPT_TABLE}
         (table_name, row_key, ver, ergate_seq) VALUES ('${table}', ${key}, NEW.ver, NEW.ergate_seq)`,
      );
    }
  } finally {
    await connection.end();
  }
}
