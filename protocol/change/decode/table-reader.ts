import { DecodeRefusal, refuseShape } from './decode-refusal.ts';
import { QUOTE } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';
import type { LayoutTree, TableLayouts } from './layout-tree.ts';

/** Reads the name of a change's table; most changes are of the table of the change before. */
export class TableReader {
  readonly #scanner: JsonScanner;
  readonly #tree: LayoutTree;

  constructor(scanner: JsonScanner, tree: LayoutTree) {
    this.#scanner = scanner;
    this.#tree = tree;
  }

  /** @throws DecodeRefusal ERG_1002, ERG_1004, ERG_1010, ERG_1013 */
  read(): TableLayouts {
    const scanner = this.#scanner;
    if (scanner.peek() !== QUOTE) {
      scanner.skipValue(0); // a record that is cut off here is no JSON, and is refused as that
      throw refuseShape('table: expected a name', 'payload');
    }
    const { last } = this.#tree;
    if (last !== undefined && scanner.acceptBytes(last.token)) {
      return last;
    }
    const start = scanner.position;
    const table = scanner.readString();
    if (table === '') {
      throw refuseShape('table: expected a name, it is empty', 'payload');
    }
    if (table.includes('\0')) {
      throw new DecodeRefusal('ERG_1013', 'table: the name contains NUL', 'payload');
    }
    return this.#tree.layoutsOf(table, scanner.copy(start, scanner.position));
  }
}
