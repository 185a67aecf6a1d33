import type { ErrorCode } from '../errors/error-codes.ts';
import type { Place, SettingsPath } from './settings-node.ts';

/** What is wrong, before it is known where that is written. */
export interface Complaint {
  readonly path: SettingsPath;
  readonly expected: string;
  /** What came, as it is written in the file; never the content of a variable or a secret. */
  readonly got: string;
  /** What would be right; undefined when nothing better is known than `expected`. */
  readonly hint?: string | undefined;
  /** The other value of a pair that does not fit: where that is wrong in itself, the pair says nothing. */
  readonly against?: SettingsPath | undefined;
  /** ERG_8001 when left out. */
  readonly code?: ErrorCode | undefined;
}

export interface SettingsProblem extends Complaint, Place {}

/** `file:line:column  key: expected …, got …, try …` */
export function renderProblem(problem: SettingsProblem): string {
  const { file, line, column, expected, got, hint, code } = problem;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const key = renderPath(problem.path);
  const advice = hint === undefined ? '' : `, try ${hint}`;
  const suffix = code === undefined ? '' : ` (${code})`;
  return `${place}  ${key === '' ? '' : `${key}: `}expected ${expected}, got ${got}${advice}${suffix}`;
}

function renderPath(path: SettingsPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${isPlainKey(step) ? step : '"…"'}`))
    .join('')
    .replace(/^\./, '');
}

/** A key of other characters may be a slip of quotes that took a value in, a secret perhaps: it is not shown. */
export function isPlainKey(key: string): boolean {
  return /^[\p{L}\p{N}_$.-]{1,64}$/u.test(key);
}

/** In reading order, one line of text per problem. */
export function sortProblems(problems: readonly SettingsProblem[]): SettingsProblem[] {
  return problems.toSorted(
    (left, right) => left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column,
  );
}
