import type { Cell } from '../cell.ts';
import { JsonDocument } from '../cell.ts';
import type { RowImage } from '../row-image.ts';
import { DecodeRefusal, showName } from './decode-refusal.ts';
import type { DecodeTally } from './decode-tally.ts';
import { CLOSE_OBJECT, OPEN_OBJECT } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';
import type { LayoutNode, LayoutTree } from './layout-tree.ts';

const MAX_COLUMNS = 4_096;

/** Reads the object of a row image: column names to cells. */
export class ImageReader {
  readonly #scanner: JsonScanner;
  readonly #tree: LayoutTree;
  readonly #tally: DecodeTally;
  /** Names on the path to `#pathNode`, for columns that are new there; made when the first one comes. */
  #path = new Map<string, number>();
  #pathNode: LayoutNode | undefined;

  constructor(scanner: JsonScanner, tree: LayoutTree, tally: DecodeTally) {
    this.#scanner = scanner;
    this.#tree = tree;
    this.#tally = tally;
  }

  /**
   * @param root of the table
   * @param depth of containers around the image
   * @throws DecodeRefusal ERG_1002, ERG_1004, ERG_1005, ERG_1006, ERG_1008, ERG_1013
   */
  read(root: LayoutNode, depth: number): RowImage {
    const scanner = this.#scanner;
    const cells: Cell[] = [];
    let node = root;
    scanner.expect(OPEN_OBJECT);
    if (scanner.accept(CLOSE_OBJECT)) {
      return { layout: root.layout, cells };
    }
    do {
      const { likely } = node;
      scanner.peek();
      if (likely !== undefined && scanner.acceptBytes(likely.token)) {
        node = likely;
        cells.push(scanner.readCell(depth + 1));
      } else {
        node = this.#readOther(node, cells, depth);
      }
    } while (scanner.hasNext(CLOSE_OBJECT));
    return { layout: node.layout, cells };
  }

  /** A column that is not the one that came here the last time. @returns where the path goes on */
  #readOther(node: LayoutNode, cells: Cell[], depth: number): LayoutNode {
    const scanner = this.#scanner;
    const start = scanner.position;
    const name = scanner.readName();
    const end = scanner.position;
    const known = node.find(name);
    if (known !== undefined) {
      cells.push(scanner.readCell(depth + 1));
      return known;
    }
    const place = this.#findOnPath(node, name);
    const cell = scanner.readCell(depth + 1);
    if (place !== undefined) {
      this.#checkRepeated(name, cells[place], cell);
      return node;
    }
    checkNewName(name, node);
    cells.push(cell);
    return this.#grow(node, name, scanner.copy(start, end));
  }

  #findOnPath(node: LayoutNode, name: string): number | undefined {
    if (node !== this.#pathNode) {
      this.#path = new Map(node.listNames().map((known, place) => [known, place]));
      this.#pathNode = node;
    }
    return this.#path.get(name);
  }

  #grow(node: LayoutNode, name: string, token: Uint8Array): LayoutNode {
    const child = this.#tree.grow(node, name, token);
    this.#path.set(child.name, node.columns);
    this.#pathNode = child;
    return child;
  }

  #checkRepeated(name: string, first: Cell | undefined, second: Cell): void {
    const isEqual =
      first instanceof JsonDocument && second instanceof JsonDocument ? first.text === second.text : first === second;
    if (!isEqual) {
      throw new DecodeRefusal('ERG_1005', `column ${showName(name)} comes twice with different values`, 'payload');
    }
    this.#tally.repeatedColumns += 1;
  }
}

function checkNewName(name: string, node: LayoutNode): void {
  if (name === '' || name.includes('\0')) {
    throw new DecodeRefusal('ERG_1013', `column ${node.columns}: the name is empty or contains NUL`, 'payload');
  }
  if (node.columns >= MAX_COLUMNS) {
    throw new DecodeRefusal('ERG_1008', `more than ${MAX_COLUMNS} columns in a row`, 'payload');
  }
}
