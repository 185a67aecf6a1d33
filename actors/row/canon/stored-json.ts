/** Documents of MySQL's own JSON type: the one text of each that the capture writes, from the texts that others write. */
import { jsonDoubleText } from '../../../protocol/change/number-text.ts';
import { judgeStoredNumber } from '../../target/mysql/literal/json-number.ts';

/**
 * The text that the server shows, with its doubles spelled as the capture does: 1e20 becomes 100000000000000000000.0. A
 * DECIMAL that is spelled as that double would be is taken for it.
 */
export function respellStoredJson(shown: string): string {
  // Nothing but a double has a point or an exponent outside of texts.
  return /[.e]/.test(shown) ? mapNumbers(shown, (token) => (isShownDouble(token) ? respell(token) : token)) : shown;
}

/** The text of the document that MySQL makes of a text. @returns undefined when it is no JSON */
export function canonStoredJson(text: string): string | undefined {
  try {
    return write(JSON.parse(text, keepNumber));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function respell(token: string): string {
  return jsonDoubleText(Number(token));
}

/** A double is shown by its shortest digits, with ".0" if that makes an integer: never with another zero at the end. */
function isShownDouble(token: string): boolean {
  if (!/[.e]/.test(token) || (/\.\d*0$/.test(token) && !/\.0$/.test(token))) {
    return false;
  }
  const judgement = judgeStoredNumber(token);
  return judgement === 'exact' || judgement === 'double';
}

const NUMBER = /-?\d[\d.eE+-]*/g;

function mapNumbers(json: string, map: (token: string) => string): string {
  let mapped = '';
  for (let at = 0; at < json.length; ) {
    const start = json.indexOf('"', at);
    const end = start < 0 ? json.length : endOfText(json, start);
    mapped += json.slice(at, start < 0 ? end : start).replace(NUMBER, map);
    mapped += start < 0 ? '' : json.slice(start, end);
    at = end;
  }
  return mapped;
}

/** By hand: a pattern for millions of escapes needs more stack than there is. @returns the place behind the text */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === 0x5c) {
      at += 1;
    } else if (code === 0x22) {
      return at + 1;
    }
  }
  return json.length;
}

/** A number by the text that the server will show. */
class StoredNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function keepNumber(_key: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  return typeof value === 'number' && source !== undefined ? new StoredNumber(canonNumber(source)) : value;
}

/** Integers of 64 bits as they are, then doubles, then what only a DECIMAL holds. */
function canonNumber(token: string): string {
  switch (judgeStoredNumber(token)) {
    case 'exact':
      return isStoredInteger(token) ? token : respell(token);
    case 'double':
      return respell(token);
    default:
      return token;
  }
}

/** Of a number that is stored exactly. */
function isStoredInteger(token: string): boolean {
  if (!/^-?\d{1,20}$/.test(token) || token === '-0') {
    return false;
  }
  const integer = BigInt(token);
  return integer >= -(2n ** 63n) && integer < 2n ** 64n;
}

function write(value: unknown): string {
  if (value instanceof StoredNumber) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return `[${value.map(write).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => compareNames(a, b));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}: ${write(member)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** Shorter names first, by their bytes. */
function compareNames(a: string, b: string): number {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length - right.length || Buffer.compare(left, right);
}
