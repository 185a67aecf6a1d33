import { expect, test } from 'vitest';
import { indexErrorTable } from '../../../../../actors/target/error-table.ts';
import { ORACLE_ERRORS, ORACLE_SESSION_LOST } from '../../../../../actors/target/oracle/oracle-error-table.ts';
import { ERROR_CODES } from '../../../../../protocol/errors/error-codes.ts';

/** [class, numbers]; of the golden table. */
const GOLDEN = [
  [
    'transient',
    'ORA-00060 ORA-00054 ORA-04068 ORA-08177 ORA-12516 ORA-12519 ORA-12520 ORA-00020 ORA-00018 ORA-01013 ORA-30006',
  ],
  ['transient', 'ORA-16000 ORA-01653 ORA-01654 ORA-01691'],
  [
    'row',
    'ORA-00001 ORA-01400 ORA-01407 ORA-12899 ORA-01438 ORA-01722 ORA-01830 ORA-01843 ORA-01861 ORA-02290 ORA-02291 ORA-01461',
  ],
  ['schema', 'ORA-00904 ORA-00942'],
  ['configuration', 'ORA-01031 ORA-01017 ORA-28000 ORA-28001'],
  ['bug', 'ORA-00933'],
] as const;

const codes = indexErrorTable(ORACLE_ERRORS);

test.each(GOLDEN.flatMap(([expected, ids]) => ids.split(' ').map((id) => [id, expected] as const)))(
  '%s is %s',
  (id, expected) => {
    const code = codes.get(id);
    expect(code === undefined ? undefined : ERROR_CODES[code].class).toBe(expected);
  },
);

test('a lost session is told apart from what the server answers', () => {
  const lost =
    'ORA-03113 ORA-03114 ORA-03135 ORA-12537 ORA-12541 ORA-12170 NJS-500 NJS-501 NJS-521 ORA-01033 ORA-01034 ORA-01089 ORA-01090';
  expect([...ORACLE_SESSION_LOST].sort()).toEqual(lost.split(' ').sort());
  expect(ORACLE_SESSION_LOST.filter((id) => codes.has(id))).toEqual([]);
});

test('a number that stands in a table twice is refused', () => {
  expect(() => indexErrorTable({ ERG_3004: [1] }, { ERG_3005: [1] })).toThrow('error 1 means ERG_3004 and ERG_3005');
});
