/**
 * Change records of the format `ergate`: the payloads of one source transaction with its commit time and, from our
 * capture, its source position; or the heartbeat of a capture.
 *
 *   {"commitTime":ms,"source":{"epoch","file","position","ordinal"},"payloads":[{"op","table","old","new"},…]}
 *   {"heartbeat":{"capture":"name"},"commitTime":ms}
 *
 * One pass over the bytes, and nothing is made that is not asked for: decoding is much of what a change costs
 * (test/bench/decode). What is wrong with one payload leaves the others untouched; what breaks the JSON refuses the record.
 * Fields may come in any order; the one above is the fast one. Fields of other names are passed over.
 */
import type { SourcePosition } from '../source-position.ts';
import type { PayloadFailure, RowChange } from '../source-transaction.ts';
import { checkEncoding } from './check-encoding.ts';
import { DecodeRefusal, refuseShape } from './decode-refusal.ts';
import { DecodeTally } from './decode-tally.ts';
import { FieldOrder, FieldReader } from './field-reader.ts';
import { HeadReader } from './head-reader.ts';
import { ImageReader } from './image-reader.ts';
import { CLOSE_ARRAY, OPEN_ARRAY, OPEN_OBJECT } from './json-byte.ts';
import { JsonScanner } from './json-scanner.ts';
import { LayoutTree } from './layout-tree.ts';
import { PayloadReader } from './payload-reader.ts';
import type { DecodedRecord, RecordDecoder } from './record-decoder.ts';
import { checkSize, codeRefusal } from './record-guard.ts';

/** A guess, well above what a capture writes. */
const MAX_PAYLOADS = 10_000;

/** Containers around a payload. */
const PAYLOAD_DEPTH = 2;

const RECORD_FIELDS = new FieldOrder('commitTime', 'source', 'payloads', 'heartbeat');

export class ErgateDecoder implements RecordDecoder {
  readonly tally = new DecodeTally();
  readonly #scanner = new JsonScanner();
  readonly #fields = new FieldReader(this.#scanner, this.tally);
  readonly #payloads: PayloadReader;
  readonly #head = new HeadReader(this.#scanner, this.#fields);
  readonly #take = (ordinal: number) => this.#takeField(ordinal);
  #commitTimeMs: number | undefined;
  #position: SourcePosition | undefined;
  #capture: string | undefined;
  #changes: RowChange[] | undefined;
  #failures: PayloadFailure[] = [];

  constructor() {
    const tree = new LayoutTree();
    const images = new ImageReader(this.#scanner, tree, this.tally);
    this.#payloads = new PayloadReader(this.#scanner, this.#fields, images, tree);
  }

  /** @throws ReplicationError ERG_1001 to ERG_1013, when nothing of the record can be decoded */
  decode(value: Buffer): DecodedRecord {
    try {
      return this.#decode(value);
    } catch (error) {
      throw codeRefusal(error);
    }
  }

  #decode(value: Buffer): DecodedRecord {
    checkSize(value);
    const scanner = this.#scanner;
    scanner.open(value, checkEncoding(value));
    this.#commitTimeMs = undefined;
    this.#position = undefined;
    this.#capture = undefined;
    this.#changes = undefined;
    this.#failures = [];
    if (scanner.peek() === OPEN_OBJECT) {
      this.#fields.read(RECORD_FIELDS, 0, this.#take);
      scanner.expectEnd();
      return this.#capture === undefined ? this.#buildTransaction() : this.#buildHeartbeat(this.#capture);
    }
    scanner.skipValue(0);
    scanner.expectEnd();
    throw refuseShape('/: expected an object', 'record');
  }

  #takeField(ordinal: number): void {
    switch (ordinal) {
      case 0:
        this.#commitTimeMs = this.#head.readCommitTime();
        break;
      case 1:
        this.#position = this.#head.readSource();
        break;
      case 2:
        this.#changes = this.#readPayloads();
        break;
      default:
        this.#capture = this.#head.readHeartbeat();
    }
  }

  #readPayloads(): RowChange[] {
    const scanner = this.#scanner;
    if (scanner.peek() !== OPEN_ARRAY) {
      scanner.skipValue(1);
      throw refuseShape('/payloads: expected an array', 'record');
    }
    const changes: RowChange[] = [];
    scanner.expect(OPEN_ARRAY);
    if (scanner.accept(CLOSE_ARRAY)) {
      return changes;
    }
    let index = 0;
    do {
      if (index === MAX_PAYLOADS) {
        throw new DecodeRefusal('ERG_1009', `/payloads: more than ${MAX_PAYLOADS}`, 'record');
      }
      this.#readPayload(index, changes);
      index += 1;
    } while (scanner.hasNext(CLOSE_ARRAY));
    return changes;
  }

  #readPayload(payloadIndex: number, changes: RowChange[]): void {
    const scanner = this.#scanner;
    scanner.peek();
    const start = scanner.position;
    try {
      changes.push(this.#payloads.read());
    } catch (error) {
      if (!(error instanceof DecodeRefusal) || error.scope === 'record') {
        throw error;
      }
      scanner.position = start;
      scanner.skipRefused(PAYLOAD_DEPTH);
      this.#failures.push({ payloadIndex, code: error.code, message: `/payloads/${payloadIndex}: ${error.message}` });
    }
  }

  #buildHeartbeat(capture: string): DecodedRecord {
    if (this.#changes !== undefined) {
      throw refuseShape('/heartbeat: expected no payloads beside it', 'record');
    }
    return { kind: 'heartbeat', commitTimeMs: this.#commitTimeMs ?? refuseTime(), capture };
  }

  /** The log orders changes, the commit time informs: a record with a position can do without. */
  #buildTransaction(): DecodedRecord {
    const changes = this.#changes;
    if (changes === undefined) {
      throw refuseShape('/payloads: expected an array, it is missing', 'record');
    }
    const commitTimeMs = this.#commitTimeMs;
    if (commitTimeMs === undefined) {
      if (this.#position === undefined) {
        refuseTime();
      }
      this.tally.refusedCommitTimes += 1;
    }
    const failures = this.#failures;
    if (changes.length === 0 && failures.length === 0) {
      this.tally.emptyRecords += 1;
    }
    return { kind: 'transaction', transaction: { commitTimeMs, position: this.#position, changes, failures } };
  }
}

function refuseTime(): never {
  const message = '/commitTime: expected milliseconds since 1970 of this century, as there is no source position';
  throw new DecodeRefusal('ERG_1012', message, 'record');
}
