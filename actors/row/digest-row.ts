/**
 * The digest of a row: SHA-256 over the names of its compared columns and its cells as the target shows them, each with its
 * length or as NULL, cut to 128 bits. What is equal for compare-row.ts has one digest, and nothing else has.
 */
import { hash } from 'node:crypto';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { ComparedColumn } from './compare-row.ts';

/** Hexadecimal digits of 128 bits. */
const DIGEST_LENGTH = 32;

/** 32 hexadecimal digits. */
export type DigestRowFunc = (image: RowImage) => string;

export interface RowDigests {
  /** @throws ReplicationError ERG_32xx, ERG_33xx: the target cannot hold a cell as it is */
  readonly ofExpected: DigestRowFunc;
  readonly ofStored: DigestRowFunc;
}

/** @param columns as `listCompared` gives them; digests of other columns are never the same */
export function planDigests(columns: readonly ComparedColumn[]): RowDigests {
  const head = columns.map(({ name }) => withLength(name)).join('');
  return {
    ofExpected: ({ cells }) =>
      digestTexts(
        head,
        columns.map(({ expectedIndex, canon }) => canon(cells[expectedIndex] ?? null)),
      ),
    ofStored: ({ cells }) =>
      digestTexts(
        head,
        columns.map(({ storedIndex, canonStored }) => {
          const cell = cells[storedIndex];
          return typeof cell === 'string' ? canonStored(cell) : null;
        }),
      ),
  };
}

function digestTexts(head: string, texts: readonly (string | null)[]): string {
  let row = head;
  for (const text of texts) {
    row += text === null ? 'n' : withLength(text);
  }
  // Cells that could not be read have half a pair of surrogates in front, which UTF-8 has no bytes for.
  return hash('sha256', row.isWellFormed() ? row : Buffer.from(`\0${row}`, 'utf16le'), 'hex').slice(0, DIGEST_LENGTH);
}

function withLength(text: string): string {
  return `${text.length}:${text}`;
}
