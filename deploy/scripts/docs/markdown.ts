/** The little Markdown that generated pages are made of. Pure. */

/** The head of every generated page; the notice keeps people from editing what the next run overwrites. */
export function startPage(title: string, madeFrom: string): string {
  return `# ${title}\n\n<!-- Made by \`npm run docs\` from ${madeFrom}. Edits here are lost. -->`;
}

export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => '---'), ...rows.map((row) => row.map(escapeCell))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** In code, so that `<name>` and `*` are shown as they are. */
export function asCode(text: string): string {
  return `\`${text}\``;
}

export function joinBlocks(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
