import type { SourcePosition } from '../source-position.ts';
import { readCommitTime } from './commit-time.ts';
import { refuseShape } from './decode-refusal.ts';
import { FieldOrder, type FieldReader } from './field-reader.ts';
import { LETTER_N, OPEN_OBJECT, QUOTE } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';

const SOURCE_FIELDS = new FieldOrder('epoch', 'file', 'position', 'ordinal');
const HEARTBEAT_FIELDS = new FieldOrder('capture');

/** Containers around the fields of a record. */
const DEPTH = 1;

/** Reads what a record says about itself, beside its payloads. */
export class HeadReader {
  readonly #scanner: JsonScanner;
  readonly #fields: FieldReader;
  readonly #takeSource = (ordinal: number) => this.#takeSourceField(ordinal);
  readonly #takeHeartbeat = () => this.#takeCapture();
  #epoch = -1;
  #file = -1;
  #position = -1;
  #ordinal = -1;
  #capture: string | undefined;

  constructor(scanner: JsonScanner, fields: FieldReader) {
    this.#scanner = scanner;
    this.#fields = fields;
  }

  /** @returns ms since 1970; undefined for what can be no commit time */
  readCommitTime(): number | undefined {
    return readCommitTime(this.#scanner, DEPTH);
  }

  /** Undefined for null. A position that is damaged could make changes look like repeats, so it refuses the record. */
  readSource(): SourcePosition | undefined {
    const byte = this.#scanner.peek();
    if (byte === LETTER_N) {
      this.#scanner.skipValue(DEPTH);
      return undefined;
    }
    if (byte !== OPEN_OBJECT) {
      this.#scanner.skipValue(DEPTH);
      throw refuseShape('/source: expected an object', 'record');
    }
    this.#epoch = -1;
    this.#file = -1;
    this.#position = -1;
    this.#ordinal = -1;
    this.#fields.read(SOURCE_FIELDS, DEPTH, this.#takeSource);
    if (this.#epoch < 0 || this.#file < 0 || this.#position < 0 || this.#ordinal < 0) {
      throw refuseShape(`/source: expected ${SOURCE_FIELDS.names.join(', ')}`, 'record');
    }
    return { epoch: this.#epoch, file: this.#file, position: this.#position, ordinal: this.#ordinal };
  }

  /** @returns name of the capture */
  readHeartbeat(): string {
    if (this.#scanner.peek() !== OPEN_OBJECT) {
      this.#scanner.skipValue(DEPTH);
      throw refuseShape('/heartbeat: expected an object', 'record');
    }
    this.#capture = undefined;
    this.#fields.read(HEARTBEAT_FIELDS, DEPTH, this.#takeHeartbeat);
    if (this.#capture === undefined) {
      throw refuseShape('/heartbeat/capture: expected a text, it is missing', 'record');
    }
    return this.#capture;
  }

  #takeCapture(): void {
    if (this.#scanner.peek() !== QUOTE) {
      this.#scanner.skipValue(DEPTH + 1);
      throw refuseShape('/heartbeat/capture: expected a text', 'record');
    }
    this.#capture = this.#scanner.readString();
  }

  #takeSourceField(ordinal: number): void {
    const scanner = this.#scanner;
    const integer = scanner.readInteger();
    if (integer < 0) {
      scanner.skipValue(DEPTH + 1);
      throw refuseShape(
        `/source/${SOURCE_FIELDS.names[ordinal]}: expected a whole number of up to 15 digits`,
        'record',
      );
    }
    switch (ordinal) {
      case 0:
        this.#epoch = integer;
        break;
      case 1:
        this.#file = integer;
        break;
      case 2:
        this.#position = integer;
        break;
      default:
        this.#ordinal = integer;
    }
  }
}
