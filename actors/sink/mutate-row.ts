/** What damage may be done to a row so that the verification has something to find. Pure. */
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout, findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { CANARY_CHANGES, type CanaryChange } from '../../protocol/message/canary-message.ts';
import type { ColumnShape, TableShape } from '../catalog/table-shape.ts';

export interface RowMutation {
  readonly change: CanaryChange;
  /** Undefined: the row as a whole. */
  readonly column: string | undefined;
  /** Key and changed column; null: the row is deleted. */
  readonly image: RowImage | null;
}

type CellChange = Exclude<CanaryChange, 'stale' | 'delete'>;

/**
 * All that can be done to a row, in the order of the kinds and then of the columns.
 *
 * @param columns those that may be changed; keys, unique columns and generated ones are left out even so
 */
export function listMutations(table: TableShape, row: RowImage, columns: readonly string[]): readonly RowMutation[] {
  const free = columns.flatMap((name) => {
    const column = table.columnByName.get(name);
    return column === undefined || column.generated || isInKey(table, name) ? [] : [column];
  });
  const changed = (change: CanaryChange, as: CellChange): readonly RowMutation[] =>
    free.flatMap((column) => {
      const cell = findCell(row, column.name);
      const wrong = cell === undefined ? undefined : CHANGES[as](cell, column);
      return wrong === undefined || wrong === cell
        ? []
        : [{ change, column: column.name, image: replaceCell(table, row, [column.name, wrong]) }];
    });
  return CANARY_CHANGES.flatMap((change) => {
    switch (change) {
      case 'delete':
        return [{ change, column: undefined, image: null }];
      case 'stale':
        return changed(change, 'value');
      default:
        return changed(change, change);
    }
  });
}

/** The kinds one after the other; of a kind another column each time. Undefined when there is none. */
export function chooseMutation(mutations: readonly RowMutation[], turn: number): RowMutation | undefined {
  const kinds = [...Map.groupBy(mutations, ({ change }) => change).values()];
  const own = kinds[turn % kinds.length] ?? [];
  return own[Math.floor(turn / kinds.length) % own.length];
}

/** What a row has, so that it can be written again as it is: the key, and those of the columns that can be written. */
export function copyRow(table: TableShape, row: RowImage, columns: readonly string[]): RowImage {
  const isWritten = (name: string) =>
    table.columnByName.get(name)?.generated === false && findCell(row, name) !== undefined;
  const layout = buildLayout([...new Set([...table.primaryKey, ...columns.filter(isWritten)])]);
  return { layout, cells: layout.names.map((name) => findCell(row, name) ?? null) };
}

function isInKey({ primaryKey, uniqueIndexes }: TableShape, column: string): boolean {
  return primaryKey.includes(column) || uniqueIndexes.some(({ columns }) => columns.includes(column));
}

function replaceCell(table: TableShape, row: RowImage, [column, cell]: readonly [string, Cell]): RowImage {
  const layout = buildLayout([...table.primaryKey, column]);
  return { layout, cells: layout.names.map((name) => (name === column ? cell : (findCell(row, name) ?? null))) };
}

/** Undefined: not of such a cell. None may be refused by the column, or be the same value to it. */
const CHANGES: Readonly<Record<CellChange, (cell: Cell, column: ColumnShape) => Cell | undefined>> = {
  value: (cell, { kind }) => {
    if (typeof cell !== 'string') {
      return undefined;
    }
    switch (kind) {
      case 'integer':
      case 'decimal':
      case 'float':
      case 'double':
        return flipDigit(cell);
      case 'text':
        return cell === '' ? undefined : `${[...cell].slice(0, -1).join('')}${cell.endsWith('x') ? 'y' : 'x'}`;
      default:
        return undefined;
    }
  },
  null: (cell, { kind, nullable }) => {
    if (cell === null) {
      return kind === 'text' ? '' : undefined;
    }
    return nullable ? null : undefined;
  },
  case: (cell, { kind }) => {
    const letter = kind === 'text' && typeof cell === 'string' ? /[A-Za-z]/.exec(cell) : null;
    return letter === null ? undefined : String(cell).replace(letter[0], swapCase(letter[0]));
  },
  space: (cell, { kind, columnType, maxLength }) => {
    const keepsSpaces = kind === 'text' && !/^char\b/i.test(columnType);
    const hasRoom = typeof cell === 'string' && [...cell].length < (maxLength ?? 0);
    return keepsSpaces && hasRoom ? `${cell} ` : undefined;
  },
  tick: (cell, { kind }) =>
    typeof cell === 'string' && (kind === 'datetime' || kind === 'timestamp' || kind === 'time')
      ? flipDigit(cell)
      : undefined,
  bit: (cell, { kind }) =>
    typeof cell === 'string' && (kind === 'binary' || kind === 'bit') ? flipBit(cell) : undefined,
};

/** The last one, by one: 8 and 9 are each other's, so no digit is added. */
function flipDigit(text: string): string | undefined {
  return /\d$/.test(text) ? `${text.slice(0, -1)}${Number(text.at(-1)) ^ 1}` : undefined;
}

function swapCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
}

function flipBit(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  const last = bytes.at(-1);
  if (last === undefined) {
    return undefined;
  }
  bytes[bytes.length - 1] = last ^ 1;
  return bytes.toString('base64');
}
