/**
 * Change records of the format `debezium`: JSON as Kafka Connect writes it, with the schema part or without.
 *
 *   {"schema":{…},"payload":{"before":…,"after":…,"source":{…},"op":"u",…}}
 *   {"before":…,"after":…,"source":{…},"op":"u",…}
 *
 * A record whose schema part was seen before is read from its payload on. All others, and whatever turns out to be wrong,
 * take the long way, which checks every byte and names the place.
 */
import { isUtf8 } from 'node:buffer';
import { checkEncoding } from '../check-encoding.ts';
import { getColumnForm } from '../column-form.ts';
import { DecodeRefusal, refuseShape } from '../decode-refusal.ts';
import { DecodeTally } from '../decode-tally.ts';
import { FieldOrder, FieldReader } from '../field-reader.ts';
import { type DebeziumFormat, findToldForm } from '../foreign-format.ts';
import { ImageConversions } from '../image-conversions.ts';
import { CLOSE_OBJECT, LETTER_N, OPEN_OBJECT } from '../json-byte.ts';
import { JsonScanner } from '../json-scanner.ts';
import type { DecodedRecord, RecordDecoder } from '../record-decoder.ts';
import { checkSize, codeRefusal } from '../record-guard.ts';
import { chooseForm } from './choose-form.ts';
import { ENVELOPE_FIELDS } from './control-record.ts';
import { EnvelopeReader } from './envelope-reader.ts';
import { parseSchema, type SchemaFields } from './parse-schema.ts';
import { RowSchema } from './row-schema.ts';
import { SchemaCache } from './schema-cache.ts';

const ENVELOPE = new FieldOrder(...ENVELOPE_FIELDS);
const RECORD = new FieldOrder(...ENVELOPE_FIELDS, 'schema', 'payload');
const SCHEMA = RECORD.names.indexOf('schema');
const PAYLOAD = RECORD.names.indexOf('payload');

/** Containers around the fields of a record. */
const DEPTH = 1;

export class DebeziumDecoder implements RecordDecoder {
  readonly tally = new DecodeTally();
  readonly #format: DebeziumFormat;
  readonly #scanner = new JsonScanner();
  readonly #fields = new FieldReader(this.#scanner, this.tally);
  readonly #envelope: EnvelopeReader;
  readonly #schemas = new SchemaCache();
  readonly #bare: RowSchema;
  readonly #takeEnvelope = (ordinal: number) => this.#envelope.take(ordinal);
  readonly #takeRecord = (ordinal: number) => this.#takeField(ordinal);
  #schemaAt = -1;
  #schemaEnd = -1;
  #payloadAt = -1;
  #isBare = false;

  constructor(format: DebeziumFormat) {
    this.#format = format;
    this.#envelope = new EnvelopeReader(this.#scanner, this.#fields, this.tally, format);
    this.#bare = this.#buildSchema(Buffer.alloc(0), undefined);
  }

  decode(value: Buffer): DecodedRecord {
    try {
      checkSize(value);
      const known = this.#schemas.find(value);
      return (known && this.#tryPayload(value, known)) ?? this.#decodeWhole(value);
    } catch (error) {
      throw codeRefusal(error);
    }
  }

  /** Undefined when something is wrong with it. */
  #tryPayload(value: Buffer, schema: RowSchema): DecodedRecord | undefined {
    const payload = value.subarray(schema.head.length);
    if (!isUtf8(payload)) {
      return undefined;
    }
    try {
      this.#scanner.open(payload, 0);
      this.#readEnvelope(schema);
      this.#scanner.expect(CLOSE_OBJECT);
      this.#scanner.expectEnd();
      return this.#envelope.finish();
    } catch (error) {
      if (error instanceof DecodeRefusal) {
        return undefined;
      }
      throw error;
    }
  }

  #decodeWhole(value: Buffer): DecodedRecord {
    const scanner = this.#scanner;
    scanner.open(value, checkEncoding(value));
    if (scanner.peek() !== OPEN_OBJECT) {
      scanner.skipValue(0);
      scanner.expectEnd();
      throw refuseShape('/: expected an object', 'record');
    }
    this.#schemaAt = -1;
    this.#payloadAt = -1;
    this.#isBare = false;
    this.#envelope.begin(this.#bare, 0);
    this.#fields.read(RECORD, 0, this.#takeRecord);
    scanner.expectEnd();
    return this.#payloadAt < 0 ? this.#finishBare() : this.#decodePayload(value);
  }

  #takeField(ordinal: number): void {
    const scanner = this.#scanner;
    switch (ordinal) {
      case SCHEMA:
        scanner.peek();
        this.#schemaAt = scanner.position;
        scanner.skipValue(DEPTH);
        this.#schemaEnd = scanner.position;
        break;
      case PAYLOAD:
        scanner.peek();
        this.#payloadAt = scanner.position;
        scanner.skipValue(DEPTH);
        break;
      default:
        this.#isBare = true;
        this.#envelope.take(ordinal);
    }
  }

  #finishBare(): DecodedRecord {
    if (this.#schemaAt >= 0) {
      throw refuseShape('/payload: expected an object, it is missing', 'record');
    }
    return this.#envelope.finish();
  }

  #decodePayload(value: Buffer): DecodedRecord {
    if (this.#isBare) {
      throw refuseShape('/payload: expected no fields of a change beside it', 'record');
    }
    const scanner = this.#scanner;
    scanner.position = this.#payloadAt;
    if (scanner.peek() === LETTER_N) {
      this.tally.controlRecords += 1;
      return { kind: 'control', commitTimeMs: undefined };
    }
    if (scanner.peek() !== OPEN_OBJECT) {
      throw refuseShape('/payload: expected an object', 'record');
    }
    const schema = this.#learnSchema(value);
    this.#readEnvelope(schema);
    return this.#envelope.finish();
  }

  #readEnvelope(schema: RowSchema): void {
    this.#envelope.begin(schema, DEPTH);
    this.#fields.read(ENVELOPE, DEPTH, this.#takeEnvelope);
  }

  /** It is kept when the payload comes behind it, as it does in every record of a converter. */
  #learnSchema(value: Buffer): RowSchema {
    const start = this.#schemaAt;
    const isFirst = start >= 0 && start < this.#payloadAt;
    const known = isFirst ? this.#schemas.find(value) : undefined;
    if (known !== undefined) {
      return known;
    }
    const head = isFirst ? Buffer.from(value.subarray(0, this.#payloadAt)) : Buffer.alloc(0);
    const schema = this.#buildSchema(head, start < 0 ? undefined : this.#parseSchema(value));
    if (isFirst) {
      this.#schemas.add(schema);
    }
    return schema;
  }

  #parseSchema(value: Buffer): SchemaFields | undefined {
    this.tally.parsedSchemas += 1;
    return parseSchema(value.toString('utf8', this.#schemaAt, this.#schemaEnd));
  }

  #buildSchema(head: Buffer, fields: SchemaFields | undefined): RowSchema {
    const conversions = new ImageConversions((table, column) => {
      const told = findToldForm(this.#format, table, column);
      if (told !== undefined || fields === undefined) {
        return getColumnForm(told ?? 'plain');
      }
      const field = fields.get(column);
      return field === undefined ? undefined : chooseForm(field, this.#format.isBinary(table, column));
    });
    return new RowSchema(head, fields !== undefined, conversions);
  }
}
