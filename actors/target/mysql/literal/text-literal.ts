import { type Cell, JsonDocument } from '../../../../protocol/change/cell.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { refuseCell } from './cell-refusal.ts';
import { surveyJson } from './survey-json.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and Ctrl-Z are what has to be found
const NEEDS_ESCAPE = /[\0'\\\x1a]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ESCAPED = /[\0'\\\x1a]/g;

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', "'": "\\'", '\\': '\\\\', '\x1a': '\\Z' };

/**
 * A text in single quotes. Right for sessions in utf8mb4 without NO_BACKSLASH_ESCAPES only; the opener asserts both.
 */
export function quoteText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `'${text.replace(ESCAPED, (char) => ESCAPES[char] ?? char)}'` : `'${text}'`;
}

/**
 * @param maxCharacters of CHAR and VARCHAR; the server cuts spaces beyond it with no more than a note. undefined for
 *   the TEXT types, whose limit is in bytes and checked by the server.
 */
export function textLiteral(cell: Cell, column: ColumnShape, maxCharacters: number | undefined): string {
  const text = cell instanceof JsonDocument ? cell.text : cell;
  if (typeof text !== 'string') {
    throw refuseCell('ERG_3301', column, 'a text');
  }
  if (!text.isWellFormed()) {
    throw refuseCell('ERG_3304', column, 'whole characters; a surrogate stands alone');
  }
  if (maxCharacters !== undefined && text.length > maxCharacters && countCharacters(text) > maxCharacters) {
    throw refuseCell('ERG_3302', column, `at most ${maxCharacters} characters`);
  }
  return quoteText(text);
}

/** Without spaces at its end: the server drops them when it stores a CHAR, but with some collations not when it looks for one. */
export function charLiteral(cell: Cell, column: ColumnShape, maxCharacters: number | undefined): string {
  const literal = textLiteral(cell, column, maxCharacters);
  return literal.endsWith(" '") ? `${literal.slice(0, -1).replace(/ +$/, '')}'` : literal;
}

/** JSON text as it is: a string cell is the text of the document, not a JSON string. */
export function jsonLiteral(cell: Cell, column: ColumnShape): string {
  return typeof cell === 'boolean' ? `'${cell}'` : textLiteral(cell, column, undefined);
}

/** For MySQL, which stores the document in a form of its own. */
export function storedJsonLiteral(cell: Cell, column: ColumnShape): string {
  const literal = jsonLiteral(cell, column);
  const text = cell instanceof JsonDocument ? cell.text : cell;
  if (typeof text !== 'string') {
    return literal;
  }
  const survey = surveyJson(text);
  if (survey.outcome === 'changed') {
    throw refuseCell('ERG_3302', column, survey.expected);
  }
  if (survey.outcome === 'malformed' || survey.numbers.length === 0) {
    return literal;
  }
  const places = survey.numbers.map(({ path, value }) => `,${quoteText(path)},${sqlNumber(value)}`);
  return `JSON_REPLACE(${literal}${places.join('')})`;
}

function sqlNumber(value: number | string): string {
  return typeof value === 'string' ? sqlDecimal(value) : sqlDouble(value);
}

/** Not bare: a long one would be cut. */
function sqlDecimal(digits: string): string {
  const scale = digits.split('.')[1]?.length ?? 0;
  return `CAST('${digits}' AS DECIMAL(65,${scale}))`;
}

/** With an exponent: without one the server would take it for a decimal. */
function sqlDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('e') ? text : `${text}e0`;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) {
    count++;
  }
  return count;
}

/**
 * The values of "enum('a','b''c')" or "set(…)", in their order. The server shows signs that
 * could not stand there escaped, and a question mark for each character beyond U+FFFF.
 */
export function parseMembers(columnType: string): readonly string[] {
  const quoted = columnType.match(/'(?:[^']|'')*'/g) ?? [];
  return quoted.map((member) => unescapeMember(member.slice(1, -1).replaceAll("''", "'")));
}

const UNESCAPED: Readonly<Record<string, string>> = { '0': '\0', n: '\n', r: '\r' };

function unescapeMember(member: string): string {
  return member.replace(/\\(.)/g, (_, char: string) => UNESCAPED[char] ?? char);
}

/** A number that is no member would be taken as the index of one. */
export function choiceLiteral(cell: Cell, column: ColumnShape, members: ReadonlySet<string>): string {
  if (typeof cell === 'string' && (members.has(cell) || !/^\s*[-+]?\d+\s*$/.test(cell))) {
    return textLiteral(cell, column, undefined);
  }
  throw refuseCell('ERG_3301', column, 'one of its values by name');
}
