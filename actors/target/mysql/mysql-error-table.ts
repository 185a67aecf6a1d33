import type { ErrorTable } from '../error-table.ts';

/** What only MySQL says. */
export const MYSQL_ERRORS: ErrorTable<number> = {
  ERG_3005: [3572],
  ERG_3006: [3024],
  ERG_3009: [3675],
  ERG_3203: [3854],
  ERG_3205: [3140, 3141, 3144, 3150, 3151, 3157, 3819],
  ERG_3502: [3118, 3159],
};

/** 3032: offline mode, which ends all sessions but those of administrators. */
export const MYSQL_SESSION_LOST: readonly number[] = [3032, 3169, 4031];
