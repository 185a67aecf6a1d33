/**
 * Turns the cells of images into what the columns mean. Which columns need it is found out once per layout; an image in
 * which none does comes back as it is.
 */
import type { Cell } from '../cell.ts';
import type { ColumnLayout, RowImage } from '../row-image.ts';
import type { ColumnForm, ConvertFunc } from './column-form.ts';
import { DecodeRefusal, showName } from './decode-refusal.ts';

/** Undefined for a column whose values cannot be kept. */
export type ChooseFormFunc = (table: string, column: string) => ColumnForm | undefined;

/** Whether the value of a column stands in the record as a number, without quotes. */
export type IsNumberFunc = (column: string) => boolean;

interface ConversionStep {
  readonly index: number;
  readonly column: string;
  readonly formName: string;
  /** Undefined: only NULL can be kept. */
  readonly convert: ConvertFunc | undefined;
}

/** Converters write a decimal as a number when told to, and bytes in base64 may look like one; so may a text in JSON. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** For images of one schema. */
export class ImageConversions {
  readonly #choose: ChooseFormFunc;
  readonly #steps = new WeakMap<ColumnLayout, readonly ConversionStep[]>();

  constructor(choose: ChooseFormFunc) {
    this.#choose = choose;
  }

  /** @throws DecodeRefusal ERG_1015, ERG_1017 */
  convert(image: RowImage, table: string, isNumber: IsNumberFunc): RowImage {
    const steps = this.#stepsOf(image.layout, table);
    if (steps.length === 0) {
      return image;
    }
    const cells = image.cells.slice();
    for (const step of steps) {
      const cell = cells[step.index];
      if (cell !== null && cell !== undefined) {
        cells[step.index] = convertCell(cell, step, isNumber);
      }
    }
    return { layout: image.layout, cells };
  }

  #stepsOf(layout: ColumnLayout, table: string): readonly ConversionStep[] {
    let steps = this.#steps.get(layout);
    if (steps === undefined) {
      steps = layout.names.flatMap((column, index) => this.#planStep(table, column, index));
      this.#steps.set(layout, steps);
    }
    return steps;
  }

  #planStep(table: string, column: string, index: number): ConversionStep[] {
    const form = this.#choose(table, column);
    if (form !== undefined && form.convert === undefined) {
      return [];
    }
    return [{ index, column, formName: form?.name ?? '', convert: form?.convert }];
  }
}

function convertCell(cell: Cell, { column, formName, convert }: ConversionStep, isNumber: IsNumberFunc): Cell {
  if (convert === undefined) {
    const message = `column ${showName(column)}: its type in the schema part is none whose values can be kept exactly`;
    throw new DecodeRefusal('ERG_1017', message, 'payload');
  }
  if (/^(?:decimal|json)/.test(formName) && typeof cell === 'string' && NUMBER.test(cell) && isNumber(column)) {
    return cell;
  }
  const converted = convert(cell);
  if (converted === undefined) {
    throw new DecodeRefusal('ERG_1015', `column ${showName(column)}: not written as ${formName}`, 'payload');
  }
  return converted;
}
