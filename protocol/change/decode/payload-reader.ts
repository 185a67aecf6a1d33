import type { RowImage } from '../row-image.ts';
import type { RowChange } from '../source-transaction.ts';
import { DecodeRefusal, refuseShape } from './decode-refusal.ts';
import { FieldOrder, type FieldReader } from './field-reader.ts';
import type { ImageReader } from './image-reader.ts';
import { LETTER_N, OPEN_OBJECT, QUOTE } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';
import type { LayoutTree, TableLayouts } from './layout-tree.ts';
import { TableReader } from './table-reader.ts';

const FIELDS = new FieldOrder('op', 'table', 'old', 'new');

/** Containers around a payload, and around its images. */
const DEPTH = 2;
const IMAGE_DEPTH = 3;

/** An image; null when the field is null or missing. */
type MaybeImage = RowImage | null;

/** Reads one payload: a change of one row. */
export class PayloadReader {
  readonly #scanner: JsonScanner;
  readonly #fields: FieldReader;
  readonly #images: ImageReader;
  readonly #tables: TableReader;
  readonly #take = (ordinal: number) => this.#takeField(ordinal);
  #op: string | undefined;
  #layouts: TableLayouts | undefined;
  #before: MaybeImage = null;
  #after: MaybeImage = null;
  /** Where an image stands that came before the name of its table; -1 otherwise. */
  #beforeAt = -1;
  #afterAt = -1;

  constructor(scanner: JsonScanner, fields: FieldReader, images: ImageReader, tree: LayoutTree) {
    this.#scanner = scanner;
    this.#fields = fields;
    this.#images = images;
    this.#tables = new TableReader(scanner, tree);
  }

  /** @throws DecodeRefusal; with scope `payload`, the scanner stands anywhere in the payload */
  read(): RowChange {
    const scanner = this.#scanner;
    if (scanner.peek() !== OPEN_OBJECT) {
      throw refuseShape('expected an object', 'payload');
    }
    this.#reset();
    this.#fields.read(FIELDS, DEPTH, this.#take);
    if (this.#layouts === undefined) {
      throw refuseShape('table: expected a name, it is missing', 'payload');
    }
    if (this.#beforeAt >= 0 || this.#afterAt >= 0) {
      this.#readLeftImages(this.#layouts);
    }
    return this.#buildChange(this.#layouts.table);
  }

  #reset(): void {
    this.#op = undefined;
    this.#layouts = undefined;
    this.#before = null;
    this.#after = null;
    this.#beforeAt = -1;
    this.#afterAt = -1;
  }

  #takeField(ordinal: number): void {
    switch (ordinal) {
      case 0:
        this.#op = this.#readOp();
        break;
      case 1:
        this.#layouts = this.#tables.read();
        break;
      case 2:
        this.#beforeAt = this.#leaveImage();
        this.#before = this.#beforeAt < 0 ? this.#readImage('old') : null;
        break;
      default:
        this.#afterAt = this.#leaveImage();
        this.#after = this.#afterAt < 0 ? this.#readImage('new') : null;
    }
  }

  #readOp(): string {
    if (this.#scanner.peek() !== QUOTE) {
      throw refuseOp();
    }
    return this.#scanner.readString();
  }

  /** Passes over an image whose table is not known yet. @returns where it stands; -1 when it can be read now */
  #leaveImage(): number {
    if (this.#layouts !== undefined) {
      return -1;
    }
    const scanner = this.#scanner;
    scanner.peek();
    const start = scanner.position;
    scanner.skipValue(IMAGE_DEPTH);
    return start;
  }

  #readLeftImages(layouts: TableLayouts): void {
    const end = this.#scanner.position;
    this.#layouts = layouts;
    if (this.#beforeAt >= 0) {
      this.#scanner.position = this.#beforeAt;
      this.#before = this.#readImage('old');
    }
    if (this.#afterAt >= 0) {
      this.#scanner.position = this.#afterAt;
      this.#after = this.#readImage('new');
    }
    this.#scanner.position = end;
  }

  #readImage(field: string): MaybeImage {
    const byte = this.#scanner.peek();
    if (byte === OPEN_OBJECT && this.#layouts !== undefined) {
      return this.#images.read(this.#layouts.root, IMAGE_DEPTH);
    }
    if (byte === LETTER_N) {
      this.#scanner.skipValue(IMAGE_DEPTH);
      return null;
    }
    throw refuseShape(`${field}: expected an object or null`, 'payload');
  }

  #buildChange(table: string): RowChange {
    const op = this.#op;
    const before = this.#before;
    const after = this.#after;
    switch (op) {
      case 'insert':
        expectNull(before, 'old');
        return { op, table, before: null, after: expectImage(after, 'new') };
      case 'update':
        return { op, table, before: expectImage(before, 'old'), after: expectImage(after, 'new') };
      case 'delete':
        expectNull(after, 'new');
        return { op, table, before: expectImage(before, 'old'), after: null };
      default:
        throw refuseOp();
    }
  }
}

function expectImage(image: MaybeImage, field: string): RowImage {
  if (image === null) {
    throw refuseShape(`${field}: expected an object`, 'payload');
  }
  return image;
}

function expectNull(image: MaybeImage, field: string): void {
  if (image !== null) {
    throw refuseShape(`${field}: expected null`, 'payload');
  }
}

function refuseOp(): DecodeRefusal {
  return new DecodeRefusal('ERG_1011', 'op: expected "insert", "update" or "delete"', 'payload');
}
