/** Reads one record of Maxwell's daemon: a change of one row, or a word about the stream. */
import type { RowImage } from '../../row-image.ts';
import type { SourcePosition } from '../../source-position.ts';
import type { RowChange } from '../../source-transaction.ts';
import { type ColumnForm, getColumnForm } from '../column-form.ts';
import { readCommitTime } from '../commit-time.ts';
import { DecodeRefusal, refuseShape, showName } from '../decode-refusal.ts';
import type { DecodeTally } from '../decode-tally.ts';
import { FieldOrder } from '../field-reader.ts';
import { findToldForm, type MaxwellFormat } from '../foreign-format.ts';
import { ImageConversions } from '../image-conversions.ts';
import { ImageReader } from '../image-reader.ts';
import { isNumberToken } from '../is-number-token.ts';
import { LETTER_N, OPEN_OBJECT, QUOTE } from '../json-byte.ts';
import type { JsonScanner } from '../json-scanner.ts';
import { LayoutTree, type TableLayouts } from '../layout-tree.ts';
import { parseLogFile } from '../log-file-number.ts';
import type { DecodedRecord } from '../record-decoder.ts';
import { TableReader } from '../table-reader.ts';

/** All that Maxwell can be told to write; `position` has the place in the log, `xoffset` the row within its transaction. */
export const MAXWELL_FIELDS = new FieldOrder(
  'database',
  'table',
  'type',
  'ts',
  'xid',
  'xoffset',
  'commit',
  'position',
  'gtid',
  'server_id',
  'thread_id',
  'schema_id',
  'push_timestamp',
  'primary_key',
  'primary_key_columns',
  'data',
  'old',
  'query',
  'sql',
  'def',
);

/**
 * A bootstrap reads rows by SELECT and takes the bytes of a BIT for those of the log, which are the other way round, and
 * cuts what is beyond the fourth (seen with 1.22.6): the value cannot be told from another one.
 */
const BOOTSTRAPPED_BIT: ColumnForm = { name: 'one number in bootstrap and log', convert: () => undefined };

/** Containers around the values of a record's fields. */
const DEPTH = 1;
const SECOND_MS = 1_000;

interface SeenImage {
  /** Where it stands; -1 when it is null or missing. */
  at: number;
  image: RowImage | undefined;
}

/** The last row of a transaction has no xoffset; it is behind all the others. */
const LAST_OFFSET = 999_999_999_999_999;

const PLACE = /^(.{1,255}):(\d{1,15})$/;

/** Changes of schemas, and the marks around a bootstrap. */
const CONTROL_TYPE = /^(?:(?:table|database)-(?:create|alter|drop)|bootstrap-(?:start|complete))$/;

export class ChangeReader {
  readonly #scanner: JsonScanner;
  readonly #tally: DecodeTally;
  readonly #format: MaxwellFormat;
  readonly #images: ImageReader;
  readonly #oldTree = new LayoutTree();
  readonly #oldImages: ImageReader;
  readonly #tables: TableReader;
  readonly #conversions: ImageConversions;
  readonly #bootstrapConversions: ImageConversions;
  #layouts: TableLayouts | undefined;
  #type: string | undefined;
  #commitTimeMs: number | undefined;
  #offset: number | undefined;
  #place: string | undefined;
  readonly #data: SeenImage = { at: -1, image: undefined };
  readonly #old: SeenImage = { at: -1, image: undefined };

  constructor(scanner: JsonScanner, tally: DecodeTally, format: MaxwellFormat) {
    const tree = new LayoutTree();
    this.#scanner = scanner;
    this.#tally = tally;
    this.#format = format;
    this.#images = new ImageReader(scanner, tree, tally);
    this.#oldImages = new ImageReader(scanner, this.#oldTree, tally);
    this.#tables = new TableReader(scanner, tree);
    const formOf = (table: string, column: string) => getColumnForm(findToldForm(format, table, column) ?? 'plain');
    this.#conversions = new ImageConversions(formOf);
    this.#bootstrapConversions = new ImageConversions((table, column) =>
      format.isWideBit(table, column) ? BOOTSTRAPPED_BIT : formOf(table, column),
    );
  }

  begin(): void {
    this.#layouts = undefined;
    this.#type = undefined;
    this.#commitTimeMs = undefined;
    this.#offset = undefined;
    this.#place = undefined;
    this.#data.at = -1;
    this.#data.image = undefined;
    this.#old.at = -1;
    this.#old.image = undefined;
  }

  /** Reads the value of a field of MAXWELL_FIELDS. */
  take(ordinal: number): void {
    const scanner = this.#scanner;
    switch (MAXWELL_FIELDS.names[ordinal]) {
      case 'table':
        this.#layouts = this.#tables.read();
        break;
      case 'type':
        this.#type = this.#readText('type');
        break;
      case 'ts':
        this.#commitTimeMs = readCommitTime(scanner, DEPTH, SECOND_MS);
        break;
      case 'xoffset':
        this.#offset = this.#readOffset();
        break;
      case 'position':
        this.#place = this.#readText('position');
        break;
      case 'data':
        this.#seeImage(this.#data, 'data');
        break;
      case 'old':
        this.#seeImage(this.#old, 'old');
        break;
      default:
        scanner.skipValue(DEPTH);
    }
  }

  /** After the last field. */
  finish(): DecodedRecord {
    const type = this.#type;
    if (type !== undefined && CONTROL_TYPE.test(type)) {
      this.#tally.controlRecords += 1;
      return { kind: 'control', commitTimeMs: undefined };
    }
    const layouts = this.#layouts;
    if (layouts === undefined) {
      throw refuseShape('/table: expected a name, it is missing', 'record');
    }
    const position = type === 'bootstrap-insert' ? undefined : this.#readPosition();
    const commitTimeMs = this.#commitTimeMs;
    if (commitTimeMs === undefined) {
      if (position === undefined) {
        throw new DecodeRefusal('ERG_1012', '/ts: expected seconds since 1970 of this century', 'record');
      }
      this.#tally.refusedCommitTimes += 1;
    }
    this.#readLeftImages(layouts);
    const change = this.#buildChange(type, layouts.table);
    return { kind: 'transaction', transaction: { commitTimeMs, position, changes: [change], failures: [] } };
  }

  #buildChange(type: string | undefined, table: string): RowChange {
    switch (type) {
      case 'insert':
        return { op: 'insert', table, before: null, after: this.#getImage(this.#data, 'data', table) };
      case 'bootstrap-insert': {
        const after = this.#getImage(this.#data, 'data', table, this.#bootstrapConversions);
        return { op: 'insert', table, before: null, after };
      }
      case 'update': {
        const after = this.#getImage(this.#data, 'data', table);
        const changed = this.#getImage(this.#old, 'old', table);
        return { op: 'update', table, before: overlay(after, changed), after };
      }
      case 'delete':
        return { op: 'delete', table, before: this.#getImage(this.#data, 'data', table), after: null };
      default:
        throw new DecodeRefusal(
          'ERG_1011',
          'type: expected "insert", "update", "delete" or "bootstrap-insert"',
          'record',
        );
    }
  }

  #getImage({ at, image }: SeenImage, field: string, table: string, conversions = this.#conversions): RowImage {
    if (image === undefined) {
      throw refuseShape(`/${field}: expected an object`, 'record');
    }
    return conversions.convert(image, table, (column) => isNumberToken(this.#scanner, at, DEPTH, column));
  }

  #readPosition(): SourcePosition | undefined {
    const epoch = this.#format.logEpoch;
    if (epoch === undefined || this.#place === undefined) {
      return undefined;
    }
    const match = PLACE.exec(this.#place);
    const file = parseLogFile(match?.[1] ?? '');
    if (match === null || file === undefined) {
      throw refuseShape('/position: expected "file.number:position"', 'record');
    }
    return { epoch, file, position: Number(match[2]), ordinal: this.#offset ?? LAST_OFFSET };
  }

  #readOffset(): number {
    const offset = this.#scanner.readInteger();
    if (offset < 0) {
      this.#scanner.skipValue(DEPTH);
      throw refuseShape('/xoffset: expected a whole number of up to 15 digits', 'record');
    }
    return offset;
  }

  #readText(field: string): string {
    if (this.#scanner.peek() !== QUOTE) {
      this.#scanner.skipValue(DEPTH);
      throw refuseShape(`/${field}: expected a text`, 'record');
    }
    return this.#scanner.readString();
  }

  #seeImage(seen: SeenImage, field: string): void {
    const scanner = this.#scanner;
    const byte = scanner.peek();
    const at = scanner.position;
    if (byte !== OPEN_OBJECT) {
      scanner.skipValue(DEPTH);
      if (byte !== LETTER_N) {
        throw refuseShape(`/${field}: expected an object or null`, 'record');
      }
      return;
    }
    seen.at = at;
    if (this.#layouts === undefined) {
      scanner.skipValue(DEPTH);
    } else {
      this.#readImage(seen, this.#layouts);
    }
  }

  /** What changed is a part of the row, another one each time: apart from whole rows, so that those keep their path. */
  #readImage(seen: SeenImage, { root, table, token }: TableLayouts): void {
    seen.image =
      seen === this.#old
        ? this.#oldImages.read(this.#oldTree.layoutsOf(table, token).root, DEPTH)
        : this.#images.read(root, DEPTH);
  }

  /** Images that came before the name of their table. */
  #readLeftImages(layouts: TableLayouts): void {
    for (const seen of [this.#data, this.#old]) {
      if (seen.at >= 0 && seen.image === undefined) {
        this.#scanner.position = seen.at;
        this.#readImage(seen, layouts);
      }
    }
  }
}

/** The row before an update: `old` has the columns that changed, as they were. */
function overlay(after: RowImage, changed: RowImage): RowImage {
  const cells = after.cells.slice();
  for (const [index, name] of changed.layout.names.entries()) {
    const place = after.layout.indexByName.get(name);
    const cell = changed.cells[index];
    if (place === undefined || cell === undefined) {
      throw refuseShape(`/old: column ${showName(name)} is not in data`, 'record');
    }
    cells[place] = cell;
  }
  return { layout: after.layout, cells };
}
