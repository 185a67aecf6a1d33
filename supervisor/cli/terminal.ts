import { styleText } from 'node:util';
import type { RenderOptions, Tone } from './render-status.ts';

const STYLES = { good: 'green', doubtful: 'yellow', bad: 'red', quiet: 'gray' } as const satisfies Record<Tone, string>;
const DEFAULT_COLUMNS = 120;

/** How wide to write, and colours where the output shows them: a terminal, and NO_COLOR is not set. */
export function renderOptionsFor(out: NodeJS.WriteStream): RenderOptions {
  return {
    columns: out.isTTY ? Math.max(40, out.columns) : DEFAULT_COLUMNS,
    paint: (tone, text) => styleText(STYLES[tone], text, { stream: out }),
  };
}

/** Shows lines in place of those shown before, on a screen of its own; elsewhere what is new, one block after the other. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #shown = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    if (out.isTTY) {
      out.write('\u001b[?1049h\u001b[?25l'); // another screen, without cursor
    }
  }

  show(lines: readonly string[]): void {
    if (!this.#out.isTTY) {
      const text = lines.join('\n');
      if (text !== this.#shown) {
        this.#out.write(`${text}\n\n`);
        this.#shown = text;
      }
      return;
    }
    const visible = lines.slice(0, Math.max(1, this.#out.rows - 1));
    // Without wrapping, so that a line that is too long is cut and not two; each erases the old one before it is written.
    this.#out.write(`\u001b[?7l\u001b[H${visible.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[J\u001b[?7h`);
  }

  close(): void {
    if (this.#out.isTTY) {
      this.#out.write('\u001b[?25h\u001b[?1049l');
    }
  }
}
