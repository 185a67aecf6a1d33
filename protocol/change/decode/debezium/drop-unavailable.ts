import type { Cell } from '../../cell.ts';
import type { RowImage } from '../../row-image.ts';
import type { LayoutTree, TableLayouts } from '../layout-tree.ts';

/**
 * What a connector puts for a value that the log does not have: a text, in a binary column the bytes of that text. They
 * are the same in base64 for URLs.
 */
const PLACEHOLDER = '__debezium_unavailable_value';
const PLACEHOLDER_BASE64 = Buffer.from(PLACEHOLDER).toString('base64');
const PLACEHOLDER_HEX = Buffer.from(PLACEHOLDER).toString('hex');

/** The image without the columns that have no value: such a column is absent. */
export function dropUnavailable(image: RowImage, tree: LayoutTree, { root }: TableLayouts): RowImage {
  if (!image.cells.some(isPlaceholder)) {
    return image;
  }
  let node = root;
  for (const [index, name] of image.layout.names.entries()) {
    if (!isPlaceholder(image.cells[index])) {
      node = node.find(name) ?? tree.grow(node, name, Buffer.from(`${JSON.stringify(name)}:`));
    }
  }
  return { layout: node.layout, cells: image.cells.filter((cell) => !isPlaceholder(cell)) };
}

function isPlaceholder(cell: Cell | undefined): boolean {
  return cell === PLACEHOLDER || cell === PLACEHOLDER_BASE64 || cell === PLACEHOLDER_HEX;
}
