import { isUtf8 } from 'node:buffer';
import { DecodeRefusal } from './decode-refusal.ts';
import { OPEN_OBJECT } from './json-byte.ts';

const BOM = [0xef, 0xbb, 0xbf] as const;

/**
 * Finds out whether the bytes are UTF-8 text before anything is made of them: a Buffer would put U+FFFD for what is not,
 * without a word.
 *
 * @returns where the text starts: behind a byte order mark
 * @throws DecodeRefusal ERG_1003, ERG_1004
 */
export function checkEncoding(value: Buffer): number {
  const first = value[0];
  const second = value[1];
  const third = value[2];
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) {
    throw new DecodeRefusal('ERG_1004', 'byte 0: expected UTF-8, got the byte order mark of UTF-16', 'record');
  }
  if (first === 0) {
    throw startsWithNul(second, third);
  }
  if (second === 0) {
    throw new DecodeRefusal('ERG_1004', 'byte 1: expected UTF-8, got what looks like UTF-16', 'record');
  }
  if (!isUtf8(value)) {
    throw new DecodeRefusal('ERG_1004', `byte ${findInvalid(value)}: expected UTF-8`, 'record');
  }
  return first === BOM[0] && second === BOM[1] && third === BOM[2] ? BOM.length : 0;
}

function startsWithNul(second: number | undefined, third: number | undefined): DecodeRefusal {
  return second === OPEN_OBJECT && third === 0
    ? new DecodeRefusal('ERG_1004', 'byte 0: expected UTF-8, got what looks like UTF-16', 'record')
    : new DecodeRefusal(
        'ERG_1003',
        'byte 0: expected JSON, got 0; values written with a schema registry (Avro, Protobuf) start like this',
        'record',
      );
}

/** The longest prefix that is UTF-8, by halving; a character cut by the prefix counts as invalid only at its start. */
function findInvalid(value: Buffer): number {
  let valid = 0;
  let invalid = value.length;
  while (valid < invalid) {
    const middle = (valid + invalid + 1) >>> 1;
    if (isUtf8(value.subarray(0, wholeCharacters(value, middle)))) {
      valid = middle;
    } else {
      invalid = middle - 1;
    }
  }
  return wholeCharacters(value, valid);
}

/** The end of a prefix without the character that it cuts: up to three bytes less. */
function wholeCharacters(value: Buffer, end: number): number {
  let start = end;
  while (start > 0 && end - start < 3 && ((value[start] ?? 0) & 0xc0) === 0x80) {
    start -= 1;
  }
  return start;
}
