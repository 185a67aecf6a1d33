/**
 * Reads the envelope of one record, whether it stands alone or beside a schema part:
 *
 *   {"before":…,"after":…,"source":{…,"table":…},"transaction":…,"op":"c","ts_ms":…}
 *
 * and tells it from what else a connector writes: heartbeats, marks of transactions, changes of schemas.
 */
import type { Cell } from '../../cell.ts';
import type { RowImage } from '../../row-image.ts';
import type { RowChange } from '../../source-transaction.ts';
import { readCommitTime } from '../commit-time.ts';
import { DecodeRefusal, refuseShape } from '../decode-refusal.ts';
import type { DecodeTally } from '../decode-tally.ts';
import { FieldReader } from '../field-reader.ts';
import type { DebeziumFormat } from '../foreign-format.ts';
import { ImageReader } from '../image-reader.ts';
import { isNumberToken } from '../is-number-token.ts';
import { LETTER_N, OPEN_OBJECT, QUOTE } from '../json-byte.ts';
import type { JsonScanner } from '../json-scanner.ts';
import { LayoutTree, type TableLayouts } from '../layout-tree.ts';
import type { DecodedRecord } from '../record-decoder.ts';
import { ENVELOPE_FIELDS, isHeartbeat, isSchemaChange, isTransactionMark } from './control-record.ts';
import { dropUnavailable } from './drop-unavailable.ts';
import type { RowSchema } from './row-schema.ts';
import { SourceReader } from './source-reader.ts';

/** An image that was passed over or read as one of the likely table. */
interface SeenImage {
  /** Where it stands; -1 when the field is null or missing. */
  at: number;
  image: RowImage | undefined;
}

export class EnvelopeReader {
  readonly #scanner: JsonScanner;
  readonly #fields: FieldReader;
  readonly #tally: DecodeTally;
  readonly #format: DebeziumFormat;
  readonly #tree = new LayoutTree();
  readonly #images: ImageReader;
  readonly #source: SourceReader;
  readonly #before: SeenImage = { at: -1, image: undefined };
  readonly #after: SeenImage = { at: -1, image: undefined };
  #schema: RowSchema | undefined;
  #depth = 0;
  #op: string | undefined;
  #wallMs: number | undefined;
  /** One bit per ordinal of the fields that came. */
  #seen = 0;
  #status: Cell = null;
  #unknownBefore = 0;

  /** @param fields reads the envelopes */
  constructor(scanner: JsonScanner, fields: FieldReader, tally: DecodeTally, format: DebeziumFormat) {
    this.#scanner = scanner;
    this.#fields = fields;
    this.#tally = tally;
    this.#format = format;
    this.#images = new ImageReader(scanner, this.#tree, tally);
    this.#source = new SourceReader(scanner, new FieldReader(scanner, tally), this.#tree, format.logEpoch);
  }

  /** @param depth of containers around the envelope */
  begin(schema: RowSchema, depth: number): void {
    this.#schema = schema;
    this.#depth = depth;
    this.#before.at = -1;
    this.#before.image = undefined;
    this.#after.at = -1;
    this.#after.image = undefined;
    this.#source.reset();
    this.#op = undefined;
    this.#wallMs = undefined;
    this.#seen = 0;
    this.#status = null;
    this.#unknownBefore = this.#fields.unknown;
  }

  /** Reads the value of a field of ENVELOPE_FIELDS. */
  take(ordinal: number): void {
    const scanner = this.#scanner;
    this.#seen |= 1 << ordinal;
    switch (ENVELOPE_FIELDS[ordinal]) {
      case 'before':
        this.#readImage(this.#before, 'before');
        break;
      case 'after':
        this.#readImage(this.#after, 'after');
        break;
      case 'source':
        this.#readSource();
        break;
      case 'op':
        this.#op = this.#readOp();
        break;
      case 'ts_ms':
        this.#wallMs = readCommitTime(scanner, this.#depth + 1);
        break;
      case 'status':
        this.#status = scanner.readCell(this.#depth + 1);
        break;
      default:
        scanner.skipValue(this.#depth + 1);
    }
  }

  /** After the last field. */
  finish(): DecodedRecord {
    switch (this.#op) {
      case undefined:
        return this.#finishWithoutOp();
      case 't':
        return this.#finishTruncate();
      default:
        return this.#finishChange(this.#op);
    }
  }

  /** A row that was taken out of its envelope may have columns of these names: it must not pass for one of these. */
  #finishWithoutOp(): DecodedRecord {
    const isWhole = this.#fields.unknown === this.#unknownBefore;
    const isMark = isWhole && isTransactionMark(this.#seen, this.#status);
    if (isMark || isSchemaChange(this.#seen)) {
      this.#tally.controlRecords += 1;
      return { kind: 'control', commitTimeMs: this.#wallMs };
    }
    if (this.#wallMs === undefined || !isWhole || !isHeartbeat(this.#seen)) {
      throw refuseShape('/op: expected the envelope of a change, it is missing', 'record');
    }
    this.#tally.controlRecords += 1;
    return { kind: 'heartbeat', commitTimeMs: this.#wallMs, capture: 'debezium' };
  }

  #finishTruncate(): DecodedRecord {
    if (this.#format.truncate === 'finding') {
      throw new DecodeRefusal('ERG_1014', 'op: the source emptied the whole table', 'record');
    }
    this.#tally.controlRecords += 1;
    return { kind: 'control', commitTimeMs: this.#source.commitTimeMs };
  }

  #finishChange(op: string): DecodedRecord {
    const schema = this.#schema;
    const { layouts, commitTimeMs } = this.#source;
    if (layouts === undefined) {
      throw refuseShape('/source/table: expected a name, it is missing', 'record');
    }
    if (schema === undefined || (!schema.hasFields && this.#format.withoutSchema === 'refuse')) {
      throw new DecodeRefusal('ERG_1016', 'a change without the schema part that tells what its values mean', 'record');
    }
    const position = this.#source.readPosition(op === 'd');
    if (commitTimeMs === undefined) {
      if (position === undefined) {
        throw new DecodeRefusal(
          'ERG_1012',
          '/source/ts_ms: expected milliseconds since 1970 of this century',
          'record',
        );
      }
      this.#tally.refusedCommitTimes += 1;
    }
    const change = this.#buildChange(op, schema, layouts);
    schema.saw(layouts);
    return { kind: 'transaction', transaction: { commitTimeMs, position, changes: [change], failures: [] } };
  }

  #buildChange(op: string, schema: RowSchema, layouts: TableLayouts): RowChange {
    const { table } = layouts;
    const before = this.#convert(this.#before, schema, layouts);
    const after = this.#convert(this.#after, schema, layouts);
    switch (op) {
      case 'c':
      case 'r':
        expectNull(before, 'before');
        return { op: 'insert', table, before: null, after: expectImage(after, 'after') };
      case 'u':
        return { op: 'update', table, before: expectImage(before, 'before'), after: expectImage(after, 'after') };
      case 'd':
        expectNull(after, 'after');
        return { op: 'delete', table, before: expectImage(before, 'before'), after: null };
      default:
        throw new DecodeRefusal('ERG_1011', 'op: expected "c", "u", "d", "r" or "t"', 'record');
    }
  }

  #convert({ at, image }: SeenImage, schema: RowSchema, layouts: TableLayouts): RowImage | undefined {
    if (at < 0) {
      return undefined;
    }
    const scanner = this.#scanner;
    const depth = this.#depth + 1;
    let read = schema.likely === layouts ? image : undefined;
    if (read === undefined) {
      const end = scanner.position;
      scanner.position = at;
      read = this.#images.read(layouts.root, depth);
      scanner.position = end;
    }
    return schema.conversions.convert(dropUnavailable(read, this.#tree, layouts), layouts.table, (column) =>
      isNumberToken(scanner, at, depth, column),
    );
  }

  #readImage(seen: SeenImage, field: string): void {
    const scanner = this.#scanner;
    const byte = scanner.peek();
    const start = scanner.position;
    const likely = this.#schema?.likely;
    if (byte === OPEN_OBJECT && likely !== undefined) {
      seen.image = this.#images.read(likely.root, this.#depth + 1);
    } else {
      scanner.skipValue(this.#depth + 1);
    }
    if (byte === OPEN_OBJECT) {
      seen.at = start;
    } else if (byte !== LETTER_N) {
      throw refuseShape(`/${field}: expected an object or null`, 'record');
    }
  }

  #readSource(): void {
    if (this.#scanner.peek() !== OPEN_OBJECT) {
      throw refuseShape('/source: expected an object', 'record');
    }
    this.#source.read(this.#depth + 1);
  }

  #readOp(): string {
    if (this.#scanner.peek() !== QUOTE) {
      throw new DecodeRefusal('ERG_1011', 'op: expected a text', 'record');
    }
    return this.#scanner.readString();
  }
}

function expectImage(image: RowImage | undefined, field: string): RowImage {
  if (image === undefined) {
    throw refuseShape(`/${field}: expected an object; the source has to log whole rows`, 'record');
  }
  return image;
}

function expectNull(image: RowImage | undefined, field: string): void {
  if (image !== undefined) {
    throw refuseShape(`/${field}: expected null`, 'record');
  }
}
