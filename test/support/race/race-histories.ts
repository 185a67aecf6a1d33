import type { GuardMode, TargetRow } from './guarded-row.ts';

/** Of the row at the source: before the first change, and after each. */
export const HISTORIES: readonly { readonly name: string; readonly values: readonly (string | null)[] }[] = [
  { name: 'A > B > C', values: ['0', 'A', 'B', 'C'] },
  { name: 'A > B > A', values: ['A', 'B', 'A'] },
  { name: 'insert, delete', values: [null, 'A', null] },
  { name: 'insert, update, delete', values: [null, 'A', 'B', null] },
  { name: 'insert, update, delete, insert', values: [null, 'A', 'B', null, 'C'] },
];

/** Commit times are whole seconds: they tie. */
export const SECONDS: readonly { readonly name: string; readonly secondOf: (change: number) => number }[] = [
  { name: 'a second each', secondOf: (change) => change },
  { name: 'two a second', secondOf: (change) => Math.floor(change / 2) },
];

/** What has become of the row at the target before anything else happens; undefined: nothing. */
export function listDamages(mode: GuardMode): readonly (TargetRow | null | undefined)[] {
  const time = '2026-01-01 00:00:00.000';
  const seq = mode === 'strict' ? '0' : null;
  const wrong: TargetRow = { v: 'wrong', writer: '1', time, seq };
  return [
    undefined,
    null,
    wrong,
    { ...wrong, writer: '0', time: null, seq: null },
    { ...wrong, time: '2099-01-01 00:00:00.000', seq: mode === 'strict' ? '18446744073709551615' : null },
  ];
}

/** The same where rows keep the time of their last change: one that is older than anything, or newer. */
export function listTimedDamages(mode: GuardMode): readonly (TargetRow | null | undefined)[] {
  return listDamages(mode).flatMap((row) =>
    row == null ? [row] : ['wrong@0', 'wrong@99'].map((v) => ({ ...row, v })),
  );
}
