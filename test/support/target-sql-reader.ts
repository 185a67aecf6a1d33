/** A small reader of the SQL that we write, made from the server's manual and not from our code. Refuses what we never write. */

export interface SqlToken {
  readonly kind: 'text' | 'hex' | 'number' | 'name' | 'word' | 'sign';
  /** What the server understands: the characters of a text, the digits of a number, a name without its backticks. */
  readonly value: string;
}

const ESCAPED: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

export function readSql(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const char = sql.charAt(at);
    if (char === "'") {
      const text = readText(sql, at + 1);
      tokens.push({ kind: 'text', value: text.value });
      at = text.end;
    } else if (char === '`') {
      const name = readName(sql, at + 1);
      tokens.push({ kind: 'name', value: name.value });
      at = name.end;
    } else {
      const match =
        /^(?:(?<space>\s+)|x'(?<hex>(?:[0-9a-f]{2})*)'|(?<number>-?\d+(?:\.\d+)?)|(?<word>@?[A-Za-z_]+)|(?<sign>>=|<=|[(),;=*+]))/.exec(
          sql.slice(at),
        );
      if (match?.groups === undefined) {
        throw new Error(`nothing that we write, at ${at}: ${JSON.stringify(sql.slice(at, at + 20))}`);
      }
      for (const kind of ['hex', 'number', 'word', 'sign'] as const) {
        const value = match.groups[kind];
        if (value !== undefined) {
          tokens.push({ kind, value });
        }
      }
      at += match[0].length;
    }
  }
  return tokens;
}

function readText(sql: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start; at < sql.length; at++) {
    const char = sql.charAt(at);
    if (char === '\\') {
      at++;
      const next = sql.charAt(at);
      value += ESCAPED[next] ?? next;
    } else if (char !== "'") {
      value += char;
    } else if (sql.charAt(at + 1) === "'") {
      value += "'";
      at++;
    } else {
      return { value, end: at + 1 };
    }
  }
  throw new Error('a text has no end');
}

function readName(sql: string, start: number): { value: string; end: number } {
  for (let at = start; at < sql.length; at++) {
    if (sql.charAt(at) === '`') {
      if (sql.charAt(at + 1) !== '`') {
        return { value: sql.slice(start, at).replaceAll('``', '`'), end: at + 1 };
      }
      at++;
    }
  }
  throw new Error('a name has no end');
}
