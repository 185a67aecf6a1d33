import { type Cell, JsonDocument } from '../../protocol/change/cell.ts';
import type { FlavourName } from './database-flavours.ts';

/** The text that the column then holds, or the code by which the cell is refused. */
export type Outcome = string | { readonly code: string };

/** What becomes of one cell where the servers differ. */
export type OutcomeByFlavour = Readonly<Record<FlavourName, Outcome>>;

export type ValueCase = readonly [cell: Cell, outcome: Outcome | OutcomeByFlavour];

export function outcomeOn(flavour: FlavourName, outcome: Outcome | OutcomeByFlavour): Outcome {
  return typeof outcome === 'object' && 'MySQL' in outcome ? outcome[flavour] : outcome;
}

export interface ValueType {
  readonly type: string;
  /** How the value is read: as its text, as the hexadecimal of its bytes, as a double, or as the double that a 32-bit value is. */
  readonly read?: 'text' | 'bytes' | 'double' | 'float';
  /** May be a primary key; with a prefix a key of it would not be whole. */
  readonly isKey?: boolean;
  /** The one server that has the type; default: all. */
  readonly only?: FlavourName;
  readonly cases: readonly ValueCase[];
}

export const WRONG = { code: 'ERG_3301' };
export const LOSSY = { code: 'ERG_3302' };
export const NOT_UNICODE = { code: 'ERG_3304' };
export const TOO_LONG = { code: 'ERG_3201' };
export const OUT_OF_RANGE = { code: 'ERG_3202' };
export const REFUSED = { code: 'ERG_3203' };
export const CHECKED = { code: 'ERG_3205' };

export const same = (...cells: readonly string[]): readonly ValueCase[] => cells.map((cell) => [cell, cell]);
export const refused = (outcome: { readonly code: string }, ...cells: readonly Cell[]): readonly ValueCase[] =>
  cells.map((cell) => [cell, outcome]);
export const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
export const bytes = (...hexes: readonly string[]): readonly ValueCase[] =>
  hexes.map((hex) => [base64(hex), hex.toUpperCase()]);

export function integers(type: string, min: string, max: string): ValueType {
  const below = String(BigInt(min) - 1n);
  const above = String(BigInt(max) + 1n);
  const odd = ['', ' 1', '1 ', '0x10', '1e3', '1.0', '+1', '--1', "1'", new JsonDocument('[1]')];
  return {
    type,
    isKey: true,
    cases: [...same(min, max, '0'), ...refused(OUT_OF_RANGE, below, above), ...refused(WRONG, ...odd)],
  };
}
