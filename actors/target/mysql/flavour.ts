/**
 * What differs between the servers of the MySQL family at a target, told by the version that the server states.
 *
 * Little has to, because both understand the same text where it was chosen with care: VALUES(column) in ON DUPLICATE KEY
 * UPDATE (deprecated in MySQL, its successor is an error in MariaDB), LOCK IN SHARE MODE, result columns with names given
 * by us (MySQL 8 answers in capital letters). Error numbers stand in tables: one of both for those below 1900, and one of
 * each (family-, mariadb-, mysql-error-table.ts). Logging in, caching_sha2_password too, is the driver's.
 */
import { quoteText } from './literal/text-literal.ts';

export interface Flavour {
  readonly name: 'MariaDB' | 'MySQL';
  /** Selects the checks that make a text column a JSON column; undefined where JSON is a type. */
  readonly jsonChecksSql: ((database: string, isAsked: string) => string) | undefined;
  /** FLOAT and DOUBLE columns have no -0. */
  readonly dropsZeroSign: boolean;
}

const MARIADB: Flavour = {
  name: 'MariaDB',
  jsonChecksSql: (database, isAsked) =>
    `SELECT TABLE_NAME AS tableName, CHECK_CLAUSE AS clause FROM information_schema.CHECK_CONSTRAINTS
     WHERE CONSTRAINT_SCHEMA = ${quoteText(database)} AND ${isAsked}`,
  dropsZeroSign: true,
};

const MYSQL: Flavour = { name: 'MySQL', jsonChecksSql: undefined, dropsZeroSign: false };

/** @param version as VERSION() gives it: "10.11.19-MariaDB-…", "8.0.15" */
export function detectFlavour(version: string): Flavour {
  return /mariadb/i.test(version) ? MARIADB : MYSQL;
}
