import type { ErrorTable } from '../error-table.ts';

/** What only MariaDB says. Its numbers from 4000 on mean other things at MySQL: 4025 is a size of a file there. */
export const MARIADB_ERRORS: ErrorTable<number> = {
  ERG_3006: [1969],
  ERG_3205: [4025, 4037, 4038],
  ERG_3502: [4151],
};

export const MARIADB_SESSION_LOST: readonly number[] = [1927];
