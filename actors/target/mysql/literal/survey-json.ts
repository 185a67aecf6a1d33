/**
 * Looks through the text of a JSON document for what MySQL's own form of it would change without a word: numbers that it
 * rounds, and names that come twice in an object, of which it keeps the last. MariaDB keeps the text.
 */
import { judgeStoredNumber } from './json-number.ts';

/** A number that has to be given to the server as one of SQL, which it reads exactly. */
export interface JsonNumber {
  /** As the server's JSON functions take it: `$."a"[0]`. */
  readonly path: string;
  /** A double; digits are a DECIMAL. */
  readonly value: number | string;
}

/**
 * kept        with these numbers put in their places, everything is as the text says
 * changed     something is lost whatever we do
 * malformed   the text is no JSON, as far as we looked; the server has to say
 */
export type JsonSurvey =
  | { readonly outcome: 'kept'; readonly numbers: readonly JsonNumber[] }
  | { readonly outcome: 'changed'; readonly expected: string }
  | { readonly outcome: 'malformed' };

/** The server allows 100 levels; beyond that it is its turn to refuse. */
const MAX_DEPTH = 128;

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

export function surveyJson(document: string): JsonSurvey {
  try {
    return { outcome: 'kept', numbers: new JsonWalk(document).walk() };
  } catch (error) {
    if (error instanceof WalkEnd) {
      return error.survey;
    }
    throw error;
  }
}

/** Thrown inside the walk only. */
class WalkEnd extends Error {
  readonly survey: JsonSurvey;

  constructor(survey: JsonSurvey, cause?: unknown) {
    super(survey.outcome, { cause });
    this.survey = survey;
  }
}

function malformed(cause?: unknown): WalkEnd {
  return new WalkEnd({ outcome: 'malformed' }, cause);
}

class JsonWalk {
  readonly #text: string;
  readonly #numbers: JsonNumber[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  walk(): readonly JsonNumber[] {
    this.#skipSpace();
    this.#readValue('$', 0);
    if (this.#at < this.#text.length) {
      throw malformed();
    }
    return this.#numbers;
  }

  #readValue(path: string, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw malformed();
    }
    switch (this.#text[this.#at]) {
      case '{':
        this.#readObject(path, depth);
        break;
      case '[':
        this.#readArray(path, depth);
        break;
      case '"':
        this.#readText();
        break;
      case 't':
      case 'f':
      case 'n':
        this.#take(WORD);
        break;
      default:
        this.#readNumber(path);
    }
    this.#skipSpace();
  }

  #readObject(path: string, depth: number): void {
    this.#step();
    const names = new Set<string>();
    let isOpen = !this.#accept('}');
    while (isOpen) {
      const name = this.#readName();
      if (names.has(name)) {
        throw new WalkEnd({ outcome: 'changed', expected: 'each name once in an object' });
      }
      names.add(name);
      this.#readValue(`${path}.${name}`, depth + 1);
      isOpen = this.#hasNext('}');
    }
  }

  #readArray(path: string, depth: number): void {
    this.#step();
    let isOpen = !this.#accept(']');
    for (let index = 0; isOpen; index += 1) {
      this.#readValue(`${path}[${index}]`, depth + 1);
      isOpen = this.#hasNext(']');
    }
  }

  #hasNext(end: string): boolean {
    if (this.#accept(',')) {
      return true;
    }
    if (this.#accept(end)) {
      return false;
    }
    throw malformed();
  }

  /** A name in its quotes, in the one spelling that stands for all that it may have. */
  #readName(): string {
    const token = this.#text[this.#at] === '"' ? this.#readText() : '';
    this.#skipSpace();
    if (token === '' || !this.#accept(':')) {
      throw malformed();
    }
    return token.includes('\\') ? respell(token) : token;
  }

  /** By hand: a pattern for millions of escapes needs more stack than there is. */
  #readText(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
    } while (end > 0 && isEscaped(this.#text, end));
    if (end < 0) {
      throw malformed();
    }
    this.#at = end + 1;
    return this.#text.slice(start, this.#at);
  }

  #readNumber(path: string): void {
    const token = this.#take(NUMBER);
    const judgement = judgeStoredNumber(token);
    if (judgement === 'lossy') {
      throw new WalkEnd({
        outcome: 'changed',
        expected: 'numbers that are 64-bit integers, doubles or DECIMAL(65,30)',
      });
    }
    if (judgement !== 'exact') {
      this.#numbers.push({ path, value: judgement === 'double' ? Number(token) : token });
    }
  }

  #accept(sign: string): boolean {
    const isThere = this.#text[this.#at] === sign;
    if (isThere) {
      this.#step();
    }
    return isThere;
  }

  #step(): void {
    this.#at += 1;
    this.#skipSpace();
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) {
      this.#at += 1;
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token === undefined) {
      throw malformed();
    }
    this.#at += token.length;
    return token;
  }
}

/** Space, tab, line feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/** True when an odd number of backslashes stands in front. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === '\\') {
    start -= 1;
  }
  return (at - start) % 2 === 1;
}

function respell(token: string): string {
  try {
    return JSON.stringify(JSON.parse(token));
  } catch (error) {
    throw malformed(error);
  }
}
