/**
 * Reads strict JSON (RFC 8259) from bytes, one token after the other. Nothing is built that is not asked for: texts are
 * slices of one latin1 string of the record, numbers stay their source text.
 *
 * Why by hand: JSON.parse loses digits and duplicate names, and what finds them beside it costs more than the whole
 * scan (test/bench/decode).
 *
 * A slice keeps the record's string alive, one byte per byte of the record: what is in flight is bounded in bytes of
 * records, and that bound holds for the slices too.
 */
import { type Cell, JsonDocument } from '../cell.ts';
import { DecodeRefusal, refuseSyntax } from './decode-refusal.ts';
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isDigit,
  LINE_FEED,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  TAB,
} from './json-byte.ts';
import { parseInteger, skipNumber } from './json-number.ts';
import { decodeString, skipString } from './json-string.ts';

/** Containers within containers; the record's object is the first. */
const MAX_DEPTH = 64;

/** 1 for the bytes that stand for themselves in a string, one byte per character. */
const PLAIN = new Uint8Array(256).fill(1, SPACE, 0x80);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

const FIRST_ROOM_BYTES = 64 * 1024;

export class JsonScanner {
  /**
   * The record and a 0, which is valid nowhere in JSON, so that every loop ends there. It is a copy because reading past
   * the end of a Buffer even once, in one record that is cut off, makes V8 compile these loops half as slow again.
   */
  #bytes = Buffer.alloc(FIRST_ROOM_BYTES);
  #length = 0;
  /** One character per byte. */
  #text = '';
  #at = 0;
  #isPairChecked = true;
  /** What ends the container at each depth. */
  readonly #closers = new Uint8Array(MAX_DEPTH + 1);

  /**
   * @param record valid UTF-8
   * @param start where to begin reading
   */
  open(record: Buffer, start: number): void {
    if (record.length >= this.#bytes.length) {
      this.#bytes = Buffer.alloc(record.length * 2);
    }
    record.copy(this.#bytes);
    this.#bytes[record.length] = 0;
    this.#length = record.length;
    this.#text = record.toString('latin1');
    this.#at = start;
  }

  /** Byte offset of what is read next. */
  get position(): number {
    return this.#at;
  }

  set position(at: number) {
    this.#at = at;
  }

  /** The next byte that is no white space; 0 at the end. It is not consumed. */
  peek(): number {
    const byte = this.#bytes[this.#at] ?? 0;
    return byte > SPACE ? byte : this.#skipSpace();
  }

  /** Consumes the byte when it is next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) {
      return false;
    }
    this.#at += 1;
    return true;
  }

  expect(byte: number): void {
    if (!this.accept(byte)) {
      throw refuseSyntax(this.#at, `"${String.fromCharCode(byte)}"`);
    }
  }

  expectEnd(): void {
    this.peek();
    if (this.#at < this.#length) {
      throw refuseSyntax(this.#at, 'the end');
    }
  }

  /** Consumes exactly these bytes when they are next. */
  acceptBytes(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const length = expected.length;
    for (let index = 0; index < length; index++) {
      if (bytes[start + index] !== expected[index]) {
        return false;
      }
    }
    this.#at = start + length;
    return true;
  }

  /** The name of a field with its colon. */
  readName(): string {
    this.#checkNext(QUOTE, 'a field name in double quotes');
    const name = this.readString();
    this.expect(COLON);
    return name;
  }

  /** True when another field or element follows, after its comma; false when the container ended. */
  hasNext(closer: number): boolean {
    const byte = this.peek();
    this.#at += 1;
    if (byte === COMMA) {
      return true;
    }
    if (byte !== closer) {
      this.#at -= 1;
      throw refuseSyntax(this.#at, `"," or "${String.fromCharCode(closer)}"`);
    }
    return false;
  }

  copy(start: number, end: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(start, end));
  }

  /** A whole string that starts here. */
  readString(): string {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let at = start;
    while (PLAIN[bytes[at] ?? 0] === 1) {
      at += 1;
    }
    if (bytes[at] === QUOTE) {
      this.#at = at + 1;
      return this.#text.substring(start, at);
    }
    const end = skipString(bytes, at, true);
    this.#at = end + 1;
    return decodeString(bytes, start, end);
  }

  /** A number that is whole, has up to 15 digits and no sign; for anything else -1, and nothing is consumed. */
  readInteger(): number {
    if (!isDigit(this.peek())) {
      return -1;
    }
    const end = skipNumber(this.#bytes, this.#at);
    const integer = parseInteger(this.#bytes, this.#at, end);
    if (integer >= 0) {
      this.#at = end;
    }
    return integer;
  }

  /** A number of JSON, as its text. */
  readNumber(): string {
    const start = this.#at;
    this.#at = skipNumber(this.#bytes, start);
    return this.#text.substring(start, this.#at);
  }

  /** @param depth of containers around the value */
  readCell(depth: number): Cell {
    const byte = this.peek();
    if (byte === QUOTE) {
      return this.readString();
    }
    if (byte === MINUS || isDigit(byte)) {
      return this.readNumber();
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const start = this.#at;
      this.skipValue(depth);
      return new JsonDocument(this.#bytes.toString('utf8', start, this.#at));
    }
    return this.#readWord();
  }

  /**
   * Passes over a value and checks it, without recursion.
   * @param depth of containers around the value
   */
  skipValue(depth: number): void {
    let level = depth;
    do {
      const inner = this.#skipStart(level, depth);
      level = inner > level ? inner : this.#leave(level, depth);
    } while (level > depth);
  }

  /** The same for a value that was refused before: half a surrogate pair in it is no reason to give up the record. */
  skipRefused(depth: number): void {
    this.#isPairChecked = false;
    try {
      this.skipValue(depth);
    } finally {
      this.#isPairChecked = true;
    }
  }

  /** A scalar, an empty container, or the start of another. @returns the depth inside what was started, or the same */
  #skipStart(level: number, depth: number): number {
    if (level > depth && this.#closers[level] === CLOSE_OBJECT) {
      this.#skipName();
    }
    const byte = this.peek();
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      return this.#enter(byte, level);
    }
    this.#skipScalar(byte);
    return level;
  }

  /** The ends of all containers that end here. @returns the depth at which another value follows */
  #leave(level: number, depth: number): number {
    let left = level;
    while (left > depth && !this.hasNext(this.#closers[left] ?? 0)) {
      left -= 1;
    }
    return left;
  }

  #enter(opener: number, depth: number): number {
    const inner = depth + 1;
    if (inner > MAX_DEPTH) {
      throw new DecodeRefusal('ERG_1006', `byte ${this.#at}: nested deeper than ${MAX_DEPTH}`, 'record');
    }
    const closer = opener === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
    this.#at += 1;
    if (this.accept(closer)) {
      return depth;
    }
    this.#closers[inner] = closer;
    return inner;
  }

  #skipName(): void {
    this.#checkNext(QUOTE, 'a field name in double quotes');
    this.#skipString();
    this.expect(COLON);
  }

  #skipScalar(byte: number): void {
    if (byte === QUOTE) {
      this.#skipString();
    } else if (byte === MINUS || isDigit(byte)) {
      this.#at = skipNumber(this.#bytes, this.#at);
    } else {
      this.#readWord();
    }
  }

  #skipString(): void {
    this.#at = skipString(this.#bytes, this.#at + 1, this.#isPairChecked) + 1;
  }

  #readWord(): boolean | null {
    if (this.acceptBytes(NULL)) {
      return null;
    }
    if (this.acceptBytes(TRUE)) {
      return true;
    }
    if (this.acceptBytes(FALSE)) {
      return false;
    }
    throw refuseSyntax(this.#at, 'a value');
  }

  #checkNext(byte: number, what: string): void {
    if (this.peek() !== byte) {
      throw refuseSyntax(this.#at, what);
    }
  }

  #skipSpace(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at] ?? 0;
    while (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) {
      this.#at += 1;
      byte = bytes[this.#at] ?? 0;
    }
    return byte;
  }
}
