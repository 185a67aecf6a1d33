export interface Cell {
  readonly text: string;
  /** Put around the text after it was padded, such as a colour. */
  readonly paint?: ((text: string) => string) | undefined;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
const WORD_GAP = '   ';

/** Columns as wide as their widest text; nothing is cut. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const titles = columns.map(({ title }) => ({ text: title }));
  const widths = columns.map((_, index) => Math.max(...[titles, ...rows].map((row) => row[index]?.text.length ?? 0)));
  return [titles, ...rows].map((row) =>
    columns
      .map((column, index) => renderCell(row[index] ?? { text: '' }, column, widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

function renderCell({ text, paint }: Cell, { align }: Column, width: number): string {
  const padded = align === 'right' ? text.padStart(width) : text.padEnd(width);
  return paint === undefined ? padded : paint(padded);
}

/**
 * A sentence as lines of at most `width` characters, broken at spaces; a word that is longer stays whole.
 *
 * @param indent before every line but the first
 */
export function wrapText(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Words with a gap between them, as many on a line as fit. */
export function packWords(words: readonly Cell[], width: number): string[] {
  const lines: Cell[][] = [];
  let used = 0;
  for (const word of words) {
    const line = lines.at(-1);
    const needed = used + WORD_GAP.length + word.text.length;
    if (line === undefined || needed > width) {
      lines.push([word]);
      used = word.text.length;
    } else {
      line.push(word);
      used = needed;
    }
  }
  return lines.map((line) => line.map(({ text, paint }) => paint?.(text) ?? text).join(WORD_GAP));
}

/** Text of others without what could steer a terminal. */
export function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
