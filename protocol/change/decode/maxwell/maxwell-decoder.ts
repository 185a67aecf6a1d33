/**
 * Change records of the format `maxwell`, as Maxwell's daemon writes them, one row each:
 *
 *   {"database":…,"table":…,"type":"update","ts":seconds,"xid":…,"commit":true,"data":{…},"old":{…}}
 */
import { checkEncoding } from '../check-encoding.ts';
import { refuseShape } from '../decode-refusal.ts';
import { DecodeTally } from '../decode-tally.ts';
import { FieldReader } from '../field-reader.ts';
import type { MaxwellFormat } from '../foreign-format.ts';
import { OPEN_OBJECT } from '../json-byte.ts';
import { JsonScanner } from '../json-scanner.ts';
import type { DecodedRecord, RecordDecoder } from '../record-decoder.ts';
import { checkSize, codeRefusal } from '../record-guard.ts';
import { ChangeReader, MAXWELL_FIELDS } from './change-reader.ts';

export class MaxwellDecoder implements RecordDecoder {
  readonly tally = new DecodeTally();
  readonly #scanner = new JsonScanner();
  readonly #fields = new FieldReader(this.#scanner, this.tally);
  readonly #change: ChangeReader;
  readonly #take = (ordinal: number) => this.#change.take(ordinal);

  constructor(format: MaxwellFormat) {
    this.#change = new ChangeReader(this.#scanner, this.tally, format);
  }

  decode(value: Buffer): DecodedRecord {
    try {
      checkSize(value);
      return this.#decode(value);
    } catch (error) {
      throw codeRefusal(error);
    }
  }

  #decode(value: Buffer): DecodedRecord {
    const scanner = this.#scanner;
    scanner.open(value, checkEncoding(value));
    if (scanner.peek() !== OPEN_OBJECT) {
      scanner.skipValue(0);
      scanner.expectEnd();
      throw refuseShape('/: expected an object', 'record');
    }
    this.#change.begin();
    this.#fields.read(MAXWELL_FIELDS, 0, this.#take);
    scanner.expectEnd();
    return this.#change.finish();
  }
}
