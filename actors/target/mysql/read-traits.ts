import type { ForeignKey, TableTraits, Trigger } from '../../catalog/table-traits.ts';
import type { MysqlRow } from '../../runtime/mysql-connection.ts';
import { quoteText } from './literal/text-literal.ts';

export interface ReadTraitsOptions {
  readonly database: string;
  readonly tables: readonly string[];
  readonly query: (sql: string) => Promise<readonly MysqlRow[]>;
  /** Whether two names are one table at this server. */
  readonly isSame: (a: string, b: string) => boolean;
}

/** @returns by the name that was asked for; a table that does not exist is missing */
export async function readTraits(options: ReadTraitsOptions): Promise<ReadonlyMap<string, TableTraits>> {
  const { database, tables, query, isSame } = options;
  const schema = quoteText(database);
  const names = tables.map(quoteText).join(', ');
  const ofTables = await query(`SELECT t.TABLE_NAME AS tableName, t.TABLE_TYPE AS type, t.ENGINE AS engine,
    e.TRANSACTIONS AS transactions FROM information_schema.TABLES t
    LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
    WHERE t.TABLE_SCHEMA = ${schema} AND t.TABLE_NAME IN (${names})`);
  const invisible = await query(`SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME IN (${names}) AND EXTRA LIKE '%INVISIBLE%'
    ORDER BY TABLE_NAME, ORDINAL_POSITION`);
  const triggers = await query(`SELECT EVENT_OBJECT_TABLE AS tableName, TRIGGER_NAME AS name,
    CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) AS moment FROM information_schema.TRIGGERS
    WHERE EVENT_OBJECT_SCHEMA = ${schema} AND EVENT_OBJECT_TABLE IN (${names}) ORDER BY TRIGGER_NAME`);
  const foreignKeys = (
    await query(`SELECT CONSTRAINT_NAME AS name, TABLE_NAME AS child, REFERENCED_TABLE_NAME AS parent,
    DELETE_RULE AS onDelete, UPDATE_RULE AS onUpdate FROM information_schema.REFERENTIAL_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = ${schema} AND UNIQUE_CONSTRAINT_SCHEMA = ${schema}
    AND (TABLE_NAME IN (${names}) OR REFERENCED_TABLE_NAME IN (${names})) ORDER BY TABLE_NAME, CONSTRAINT_NAME`)
  ).map(buildForeignKey);

  const traits = new Map<string, TableTraits>();
  for (const name of tables) {
    const ofTable = (row: MysqlRow) => isSame(String(row['tableName']), name);
    const own = ofTables.find(ofTable);
    if (own !== undefined) {
      traits.set(name, {
        ...buildKind(own),
        invisibleColumns: invisible.filter(ofTable).map((row) => String(row['name'])),
        triggers: triggers.filter(ofTable).map(buildTrigger),
        foreignKeys: foreignKeys.filter(({ child, parent }) => isSame(child, name) || isSame(parent, name)),
      });
    }
  }
  return traits;
}

/** A table of MariaDB that keeps its history is of a type of its own. */
const BASE_TYPES: ReadonlySet<string> = new Set(['BASE TABLE', 'SYSTEM VERSIONED']);

function buildKind(row: MysqlRow): Pick<TableTraits, 'isBase' | 'engine' | 'isTransactional'> {
  const engine = typeof row['engine'] === 'string' ? row['engine'] : undefined;
  return { isBase: BASE_TYPES.has(String(row['type'])), engine, isTransactional: row['transactions'] === 'YES' };
}

function buildTrigger(row: MysqlRow): Trigger {
  return { name: String(row['name']), when: String(row['moment']) };
}

function buildForeignKey(row: MysqlRow): ForeignKey {
  return {
    name: String(row['name']),
    child: String(row['child']),
    parent: String(row['parent']),
    onDelete: ruleOf(row['onDelete']),
    onUpdate: ruleOf(row['onUpdate']),
  };
}

/** InnoDB takes the two for the same; which one it names by default depends on the server. */
function ruleOf(rule: unknown): string {
  return rule === 'NO ACTION' ? 'RESTRICT' : String(rule);
}
