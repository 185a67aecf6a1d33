/**
 * The bytes of a text as the log has them, to characters: exactly those that the server would show, or undefined.
 *
 * The log library decodes with tables of its own, which differ from the server's in thousands of characters (gbk, sjis,
 * big5, ujis, and a few in koi8u, greek, cp866 …), and puts U+FFFD for what it does not know. Here Unicode, latin1 and
 * ascii are decoded by rule, and every other character set by a table that the server itself gave.
 */
import { isUtf8 } from 'node:buffer';

export type DecodeTextFunc = (bytes: Buffer) => string | undefined;

/** The characters of a set by their code: the one, two or three bytes as a number, highest first. */
export interface CharacterTable {
  readonly single: ReadonlyMap<number, string>;
  /** Codes of more than one byte. */
  readonly wide: ReadonlyMap<number, string>;
}

/** What the source says about its character sets. */
export interface SourceCharacters {
  /** The log names a character set by the number of a collation. */
  readonly setByCollation: ReadonlyMap<number, string>;
  /** Of the sets that its captured tables use and that no rule here decodes. */
  readonly tables: ReadonlyMap<string, CharacterTable>;
}

const REPLACEMENT = '\ufffd';

/** latin1 of MySQL is this code page; what it leaves open is the control character of the same number. */
const LATIN1_SPECIAL = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const RULES: ReadonlyMap<string, DecodeTextFunc> = new Map<string, DecodeTextFunc>([
  ['utf8', decodeUtf8],
  ['utf8mb3', decodeUtf8],
  ['utf8mb4', decodeUtf8],
  ['ascii', decodeAscii],
  ['latin1', decodeLatin1],
  ['ucs2', decodeUcs2],
  ['utf16', decodeUtf16],
  ['utf16le', decodeUtf16le],
  ['utf32', decodeUtf32],
]);

export function hasDecodeRule(set: string): boolean {
  return RULES.has(set);
}

/** Undefined for a character set that is neither decoded by rule nor among the tables. */
export function chooseTextDecoder(
  set: string,
  tables: ReadonlyMap<string, CharacterTable>,
): DecodeTextFunc | undefined {
  const table = tables.get(set);
  return RULES.get(set) ?? (table === undefined ? undefined : (bytes) => decodeByTable(bytes, table));
}

/** MariaDB lets half a pair of surrogates pass into a column, which is no UTF-8. */
function decodeUtf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? undefined : text;
}

function decodeAscii(bytes: Buffer): string | undefined {
  return bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined;
}

function decodeLatin1(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return text.replace(/[\x80-\x9f]/g, (char) => LATIN1_SPECIAL[char.charCodeAt(0) - 0x80] ?? char);
}

/** Without surrogates: two of them are two characters that do not exist, not one that does. */
function decodeUcs2(bytes: Buffer): string | undefined {
  const text = decodeUtf16(bytes);
  return text === undefined || /[\ud800-\udfff]/.test(text) ? undefined : text;
}

function decodeUtf16(bytes: Buffer): string | undefined {
  return bytes.length % 2 === 0 ? decodeUtf16le(Buffer.from(bytes).swap16()) : undefined;
}

function decodeUtf16le(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf16le');
  return bytes.length % 2 === 0 && text.isWellFormed() ? text : undefined;
}

function decodeUtf32(bytes: Buffer): string | undefined {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = bytes.readUInt32BE(at);
    if (code > 0x10ffff) {
      return undefined;
    }
    text += String.fromCodePoint(code);
  }
  return bytes.length % 4 === 0 && text.isWellFormed() ? text : undefined;
}

const MAX_CODE_BYTES = 3;

/** No set has a character of one byte that is also the first byte of another one. */
function decodeByTable(bytes: Buffer, { single, wide }: CharacterTable): string | undefined {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    let code = bytes[at] ?? 0;
    let length = 1;
    let character = single.get(code);
    while (character === undefined && length < MAX_CODE_BYTES && at + length < bytes.length) {
      code = code * 256 + (bytes[at + length] ?? 0);
      length += 1;
      character = wide.get(code);
    }
    if (character === undefined) {
      return undefined;
    }
    text += character;
    at += length;
  }
  return text;
}
