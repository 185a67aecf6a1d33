import type { Cell } from '../../cell.ts';
import type { SourcePosition } from '../../source-position.ts';
import { readCommitTime } from '../commit-time.ts';
import { refuseShape } from '../decode-refusal.ts';
import { FieldOrder, type FieldReader } from '../field-reader.ts';
import { LETTER_N } from '../json-byte.ts';
import type { JsonScanner } from '../json-scanner.ts';
import type { LayoutTree, TableLayouts } from '../layout-tree.ts';
import { parseLogFile } from '../log-file-number.ts';
import { TableReader } from '../table-reader.ts';

const FIELDS = new FieldOrder(
  'version',
  'connector',
  'name',
  'ts_ms',
  'snapshot',
  'db',
  'sequence',
  'ts_us',
  'ts_ns',
  'table',
  'server_id',
  'gtid',
  'file',
  'pos',
  'row',
  'thread',
  'query',
);

/** Reads the block that says where a change comes from. */
export class SourceReader {
  readonly #scanner: JsonScanner;
  readonly #fields: FieldReader;
  readonly #tables: TableReader;
  readonly #logEpoch: number | undefined;
  readonly #take = (ordinal: number) => this.#takeField(ordinal);
  #depth = 0;
  #layouts: TableLayouts | undefined;
  #commitTimeMs: number | undefined;
  #snapshot: Cell = null;
  #file: Cell = null;
  #position: Cell = null;
  #row: Cell = null;

  constructor(scanner: JsonScanner, fields: FieldReader, tree: LayoutTree, logEpoch: number | undefined) {
    this.#scanner = scanner;
    this.#fields = fields;
    this.#tables = new TableReader(scanner, tree);
    this.#logEpoch = logEpoch;
  }

  get layouts(): TableLayouts | undefined {
    return this.#layouts;
  }

  /** ms since 1970. */
  get commitTimeMs(): number | undefined {
    return this.#commitTimeMs;
  }

  reset(): void {
    this.#layouts = undefined;
    this.#commitTimeMs = undefined;
    this.#snapshot = null;
    this.#file = null;
    this.#position = null;
    this.#row = null;
  }

  /** @param depth of containers around the block */
  read(depth: number): void {
    this.#depth = depth;
    this.#fields.read(FIELDS, depth, this.#take);
  }

  /**
   * Undefined for what was read in a snapshot, and when the settings do not say that there is one log.
   *
   * A change of a key comes as a delete and an insert with one and the same place in the log: the delete goes first.
   */
  readPosition(isDelete: boolean): SourcePosition | undefined {
    if (this.#logEpoch === undefined || this.#isSnapshot || this.#file === null) {
      return undefined;
    }
    const file = typeof this.#file === 'string' ? parseLogFile(this.#file) : undefined;
    const position = parseWhole(this.#position);
    const row = parseWhole(this.#row);
    if (file === undefined || position === undefined || row === undefined) {
      throw refuseShape('/source: expected file, pos and row of a binary log', 'record');
    }
    return { epoch: this.#logEpoch, file, position, ordinal: row * 2 + (isDelete ? 0 : 1) };
  }

  get #isSnapshot(): boolean {
    return this.#snapshot !== null && this.#snapshot !== false && this.#snapshot !== 'false';
  }

  #takeField(ordinal: number): void {
    const scanner = this.#scanner;
    switch (FIELDS.names[ordinal]) {
      case 'ts_ms':
        this.#commitTimeMs = readCommitTime(scanner, this.#depth + 1);
        break;
      case 'snapshot':
        this.#snapshot = scanner.readCell(this.#depth + 1);
        break;
      case 'table':
        this.#readTable();
        break;
      case 'file':
        this.#file = scanner.readCell(this.#depth + 1);
        break;
      case 'pos':
        this.#position = scanner.readCell(this.#depth + 1);
        break;
      case 'row':
        this.#row = scanner.readCell(this.#depth + 1);
        break;
      default:
        scanner.skipValue(this.#depth + 1);
    }
  }

  /** Null where a schema change is of no table. */
  #readTable(): void {
    if (this.#scanner.peek() === LETTER_N) {
      this.#scanner.skipValue(this.#depth + 1);
    } else {
      this.#layouts = this.#tables.read();
    }
  }
}

const WHOLE = /^\d{1,15}$/;

function parseWhole(cell: Cell): number | undefined {
  return typeof cell === 'string' && WHOLE.test(cell) ? Number(cell) : undefined;
}
