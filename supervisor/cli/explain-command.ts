import { ERROR_CODES, type ErrorCode } from '../../protocol/errors/error-codes.ts';
import { EXIT } from './exit-codes.ts';
import { wrapText } from './render-table.ts';
import { renderOptionsFor } from './terminal.ts';

/** @param text ERG_3002, erg-3002 or 3002; every code when left out */
export function runExplain(text: string | undefined): number {
  if (text === undefined) {
    const lines = Object.entries(ERROR_CODES).map(([code, { meaning }]) => `${code}  ${meaning}`);
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  }
  const code = findCode(text);
  if (code === undefined) {
    process.stderr.write(`there is no error code ${text}; ergate explain lists them all\n`);
    return EXIT.usage;
  }
  const { meaning, system, operator, class: kind } = ERROR_CODES[code];
  const { columns } = renderOptionsFor(process.stdout);
  const paragraph = (title: string, sentence: string) =>
    wrapText(`${title.padEnd(10)}${sentence}`, columns, ' '.repeat(10));
  const lines = [
    `${code} (${kind})`,
    ...paragraph('meaning', meaning),
    ...paragraph('system', system),
    ...paragraph('operator', operator),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

function findCode(text: string): ErrorCode | undefined {
  const code = `ERG_${text.replace(/^ERG[-_]?/i, '')}`;
  return isCode(code) ? code : undefined;
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
