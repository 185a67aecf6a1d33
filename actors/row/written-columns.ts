import { buildLayout, type ColumnLayout, type RowImage } from '../../protocol/change/row-image.ts';
import type { TableShape } from '../catalog/table-shape.ts';

interface Selection {
  readonly layout: ColumnLayout;
  /** Where the cells of the layout stand in the image. */
  readonly indexes: readonly number[];
}

/** What a write leaves of an image: no column that the table lacks, none that it computes or ignores, no marker. */
export class WrittenColumns {
  readonly #markers: ReadonlySet<string>;
  readonly #selections = new WeakMap<TableShape, WeakMap<ColumnLayout, Selection>>();

  constructor(markers: Iterable<string>) {
    this.#markers = new Set(markers);
  }

  /** Images of one layout and table share a layout again. */
  of({ layout, cells }: RowImage, table: TableShape): RowImage {
    const { layout: written, indexes } = this.#select(layout, table);
    return { layout: written, cells: indexes.map((index) => cells[index] ?? null) };
  }

  #select(layout: ColumnLayout, table: TableShape): Selection {
    const ofTable = this.#selections.get(table) ?? new WeakMap<ColumnLayout, Selection>();
    this.#selections.set(table, ofTable);
    let selection = ofTable.get(layout);
    if (selection === undefined) {
      const indexes = [...layout.names.keys()].filter((index) => this.#isWritten(layout.names[index] ?? '', table));
      selection = { layout: buildLayout(indexes.map((index) => layout.names[index] ?? '')), indexes };
      ofTable.set(layout, selection);
    }
    return selection;
  }

  #isWritten(name: string, { columnByName }: TableShape): boolean {
    return columnByName.get(name)?.generated === false && !this.#markers.has(name);
  }
}
