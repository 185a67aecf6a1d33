/**
 * The column names of images as paths of a tree, one tree per table: images of the same names in the same order end at
 * the same node and share its layout. While an image is read, each node tells which name came next the last time; the
 * bytes are compared with it, so that names that come again and again are neither cut out nor hashed.
 */
import { buildLayout, type ColumnLayout } from '../row-image.ts';
import { copyText } from './copy-text.ts';

export class LayoutNode {
  readonly parent: LayoutNode | undefined;
  readonly name: string;
  /** Columns on the path to here. */
  readonly columns: number;
  /** The name with quotes and colon, in the spelling in which it came first. */
  readonly token: Uint8Array;
  /** The child that came last. */
  likely: LayoutNode | undefined;
  #children: Map<string, LayoutNode> | undefined;
  #layout: ColumnLayout | undefined;

  constructor(parent: LayoutNode | undefined, name: string, token: Uint8Array) {
    this.parent = parent;
    this.name = name;
    this.columns = parent === undefined ? 0 : parent.columns + 1;
    this.token = token;
  }

  /** Of the image that ends here. */
  get layout(): ColumnLayout {
    this.#layout ??= buildLayout(this.listNames());
    return this.#layout;
  }

  find(name: string): LayoutNode | undefined {
    const child = this.#children?.get(name);
    if (child !== undefined) {
      this.likely = child;
    }
    return child;
  }

  /** The caller has seen to it that the name is not on the path already. */
  add(name: string, token: Uint8Array): LayoutNode {
    const child = new LayoutNode(this, name, token);
    this.#children ??= new Map();
    this.#children.set(name, child);
    this.likely = child;
    return child;
  }

  /** The names on the path to here. */
  listNames(): string[] {
    const names: string[] = [];
    for (let node: LayoutNode = this; node.parent !== undefined; node = node.parent) {
      names.push(node.name);
    }
    return names.reverse();
  }
}

/**
 * Guesses: room for 10,000 layouts of 20 columns. Names come from records, so a producer gone wild must not fill the
 * memory: beyond the limits everything is forgotten and learned anew.
 */
const MAX_NODES = 200_000;
const MAX_TOKEN_BYTES = 16 * 1024 * 1024;

export interface TableLayouts {
  readonly table: string;
  /** The table's name with its quotes, in the spelling in which it came first. */
  readonly token: Uint8Array;
  readonly root: LayoutNode;
}

export class LayoutTree {
  readonly #tables = new Map<string, TableLayouts>();
  #nodes = 0;
  #bytes = 0;
  #last: TableLayouts | undefined;

  /** Of the table asked for last: most changes are of the table of the change before. */
  get last(): TableLayouts | undefined {
    return this.#last;
  }

  /** @param token the name with its quotes as it stands in the record */
  layoutsOf(table: string, token: Uint8Array): TableLayouts {
    let layouts = this.#tables.get(table);
    if (layouts === undefined) {
      this.#makeRoom(token);
      layouts = { table: copyText(table), token, root: new LayoutNode(undefined, '', token) };
      this.#tables.set(layouts.table, layouts);
    }
    this.#last = layouts;
    return layouts;
  }

  /** @param token the name with quotes and colon as it stands in the record */
  grow(node: LayoutNode, name: string, token: Uint8Array): LayoutNode {
    this.#makeRoom(token);
    return node.add(copyText(name), token);
  }

  /** An image that is being read when everything is forgotten ends in a tree that nobody finds any more; that is fine. */
  #makeRoom(token: Uint8Array): void {
    if (this.#nodes >= MAX_NODES || this.#bytes + token.length > MAX_TOKEN_BYTES) {
      this.#tables.clear();
      this.#last = undefined;
      this.#nodes = 0;
      this.#bytes = 0;
    }
    this.#nodes += 1;
    this.#bytes += token.length;
  }
}
