import type { ImageConversions } from '../image-conversions.ts';
import type { TableLayouts } from '../layout-tree.ts';

/** One schema part, or its absence: how to recognise it, and what it says of the columns. */
export class RowSchema {
  /** The bytes of a record up to its payload; empty for records without a schema part. */
  readonly head: Buffer;
  /** False: nothing is known of the columns. */
  readonly hasFields: boolean;
  readonly conversions: ImageConversions;
  #likely: TableLayouts | undefined;
  #last: TableLayouts | undefined;

  constructor(head: Buffer, hasFields: boolean, conversions: ImageConversions) {
    this.head = head;
    this.hasFields = hasFields;
    this.conversions = conversions;
  }

  /** Table of the last two records: images come before the name of their table, and it is nearly always the same. */
  get likely(): TableLayouts | undefined {
    return this.#likely;
  }

  saw(layouts: TableLayouts): void {
    this.#likely = this.#last === layouts ? layouts : undefined;
    this.#last = layouts;
  }
}
