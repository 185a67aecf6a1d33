/**
 * What a statement in the log means for the captured tables. It reads as much SQL as that needs: the verb, and the names
 * that follow it.
 */

export interface CapturedSchema {
  /** Schema (database) of the captured tables. */
  readonly schema: string;
  readonly tables: ReadonlySet<string>;
}

/**
 * definition  the definition of captured tables changed
 * removed     captured tables were dropped or renamed; one may have taken the place of another
 * emptied     all rows of captured tables are gone, and no row event tells of it
 * unlogged    rows of captured tables were changed, but logged as a statement: they cannot be read
 */
export interface StatementMeaning {
  readonly effect: 'definition' | 'removed' | 'emptied' | 'unlogged';
  readonly tables: readonly string[];
}

const NAME = /`(?:[^`]|``)+`|"(?:[^"]|"")+"|[\p{L}\p{N}_$]+/u.source;
const QUALIFIED = `(?:(${NAME})\\s*\\.\\s*)?(${NAME})`;

/** first: the table right after the verb; altered: that, and the one it is renamed to or exchanged with; all: every name */
type Names = 'first' | 'altered' | 'all';

const VERBS: readonly { pattern: RegExp; effect: StatementMeaning['effect']; names: Names }[] = [
  { pattern: /^DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?/i, effect: 'removed', names: 'all' },
  { pattern: /^DROP\s+(?:DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?/i, effect: 'removed', names: 'first' },
  { pattern: /^RENAME\s+TABLES?\s+(?:IF\s+EXISTS\s+)?/i, effect: 'removed', names: 'all' },
  { pattern: /^TRUNCATE\s+(?:TABLE\s+)?/i, effect: 'emptied', names: 'first' },
  { pattern: /^ALTER\s+(?:ONLINE\s+|IGNORE\s+)*TABLE\s+(?:IF\s+EXISTS\s+)?/i, effect: 'definition', names: 'altered' },
  { pattern: /^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?/i, effect: 'definition', names: 'first' },
  { pattern: /^CREATE\s+OR\s+REPLACE\s+TABLE\s+/i, effect: 'emptied', names: 'first' },
  {
    pattern: /^(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?INDEX|DROP\s+INDEX)\s.*?\sON\s+/is,
    effect: 'definition',
    names: 'first',
  },
  {
    pattern: /^(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\s+)*(?:INTO\s+)?/i,
    effect: 'unlogged',
    names: 'first',
  },
  { pattern: /^LOAD\s+(?:DATA|XML)\s.*?\sINTO\s+TABLE\s+/is, effect: 'unlogged', names: 'first' },
  { pattern: /^(?:WITH\s.*?\)\s*)?(?:UPDATE|DELETE)\s+/is, effect: 'unlogged', names: 'all' },
];

/** MariaDB: a statement with settings of its own. */
const OWN_SETTINGS = /^SET\s+STATEMENT\s.*?\sFOR\s+/is;

const RENAME = '\\sRENAME\\s+(?!(?:COLUMN|INDEX|KEY)\\b)';
const OTHER_TABLE = new RegExp(`(?:${RENAME}(?:TO\\s+|AS\\s+|=\\s*)?|\\sWITH\\s+TABLE\\s+)(${QUALIFIED})`, 'giu');
const RENAMES_TABLE = new RegExp(RENAME, 'iu');
/** Rows of a partition or a file that come and go without a row event. */
const MOVES_ROWS =
  /\s(?:(?:DROP|TRUNCATE|EXCHANGE|CONVERT)\s+PARTITION|(?:DISCARD|IMPORT)\s+(?:PARTITION\s.*)?TABLESPACE)\b/is;

/** @param schema the default schema of the session that ran it */
export function readStatement(text: string, schema: string, captured: CapturedSchema): StatementMeaning | undefined {
  const bare = stripNoise(text).trim().replace(OWN_SETTINGS, '');
  const verb = VERBS.find(({ pattern }) => pattern.test(bare));
  if (verb === undefined) {
    return undefined;
  }
  const rest = bare.replace(verb.pattern, '');
  const tables = isOfSchema(bare)
    ? tablesOfDropped(rest, captured)
    : findTables(chooseText(rest, verb.names), schema, captured);
  return tables.length === 0 ? undefined : { effect: chooseEffect(verb, rest), tables };
}

function chooseText(rest: string, names: Names): string {
  switch (names) {
    case 'first':
      return firstName(rest);
    case 'altered':
      return [firstName(rest), ...[...rest.matchAll(OTHER_TABLE)].map(([, name = '']) => name)].join(' , ');
    case 'all':
      return beforeClauses(rest);
  }
}

function chooseEffect(verb: { effect: StatementMeaning['effect']; names: Names }, rest: string) {
  if (verb.names !== 'altered') {
    return verb.effect;
  }
  if (RENAMES_TABLE.test(rest)) {
    return 'removed';
  }
  return MOVES_ROWS.test(rest) ? 'emptied' : verb.effect;
}

function isOfSchema(verb: string): boolean {
  return /^DROP\s+(?:DATABASE|SCHEMA)/i.test(verb);
}

function tablesOfDropped(rest: string, captured: CapturedSchema): readonly string[] {
  const name = new RegExp(`^${NAME}`, 'u').exec(rest)?.[0];
  return name !== undefined && unquote(name) === captured.schema ? [...captured.tables] : [];
}

function firstName(text: string): string {
  return new RegExp(`^${QUALIFIED}`, 'u').exec(text)?.[0] ?? '';
}

/** The tables of UPDATE and DELETE stand in front of these words; columns and values stand behind them. */
function beforeClauses(text: string): string {
  return text.split(/\s(?:SET|WHERE)\s/i, 1)[0] ?? '';
}

/** Captured tables among all names of the text. */
function findTables(text: string, schema: string, captured: CapturedSchema): readonly string[] {
  const found = new Set<string>();
  for (const [, qualifier, name = ''] of text.matchAll(new RegExp(QUALIFIED, 'gu'))) {
    const table = unquote(name);
    if (captured.tables.has(table) && (qualifier === undefined ? schema : unquote(qualifier)) === captured.schema) {
      found.add(table);
    }
  }
  return [...found];
}

function unquote(name: string): string {
  const quote = name[0];
  return quote === '`' || quote === '"' ? name.slice(1, -1).replaceAll(quote + quote, quote) : name;
}

const TOKEN = /`(?:[^`]|``)*`|"(?:[^"]|"")*"|'(?:[^'\\]|\\.|'')*'|\/\*M?!\d*|\/\*[\s\S]*?\*\/|\*\/|--\s.*$|#.*$/gm;

/** Without comments and texts. What stands in a comment for some servers only, after an exclamation mark, is kept. */
function stripNoise(text: string): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('`') || token.startsWith('"')) {
      return token;
    }
    return token.startsWith("'") ? "''" : ' ';
  });
}
