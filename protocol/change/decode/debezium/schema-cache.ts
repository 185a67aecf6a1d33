/**
 * Schema parts are most of a record and the same bytes record after record, so they are recognised and not read: parsing
 * them each time costs four times what the payload does (test/bench/decode).
 */
import { OPEN_OBJECT } from '../json-byte.ts';
import type { RowSchema } from './row-schema.ts';

/** Guesses: a topic has the schemas of few tables; beyond the limits all are forgotten and learned anew. */
const MAX_SCHEMAS = 64;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_HEAD_BYTES = 1024 * 1024;

export class SchemaCache {
  #schemas: RowSchema[] = [];
  #bytes = 0;
  #last: RowSchema | undefined;

  /** The schema whose head is what the record begins with. */
  find(record: Buffer): RowSchema | undefined {
    if (this.#last !== undefined && startsWith(record, this.#last.head)) {
      return this.#last;
    }
    const found = this.#schemas.find(({ head }) => startsWith(record, head));
    this.#last = found ?? this.#last;
    return found;
  }

  add(schema: RowSchema): void {
    const { length } = schema.head;
    if (length > MAX_HEAD_BYTES) {
      return;
    }
    if (this.#schemas.length >= MAX_SCHEMAS || this.#bytes + length > MAX_BYTES) {
      this.#schemas = [];
      this.#bytes = 0;
    }
    this.#schemas.push(schema);
    this.#bytes += length;
    this.#last = schema;
  }
}

function startsWith(record: Buffer, head: Buffer): boolean {
  return record[head.length] === OPEN_OBJECT && head.compare(record, 0, head.length) === 0;
}
