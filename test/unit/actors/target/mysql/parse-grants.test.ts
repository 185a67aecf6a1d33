import { describe, expect, test } from 'vitest';
import { isGranted, isGrantedEverywhere, parseGrants } from '../../../../../actors/target/mysql/parse-grants.ts';

describe('a privilege on a database', () => {
  test.each([
    ['of the whole server', 'GRANT SELECT, CREATE ON *.* TO `a`@`%`', true],
    ['of everything', 'GRANT ALL PRIVILEGES ON `sales`.* TO `a`@`%` WITH GRANT OPTION', true],
    ['by a pattern', 'GRANT CREATE ON `sal%`.* TO `a`@`%`', true],
    ['by a pattern of one character', 'GRANT CREATE ON `sale_`.* TO `a`@`%`', true],
    ['of another database that an escaped pattern names', 'GRANT CREATE ON `sale\\_`.* TO `a`@`%`', false],
    ['of another database', 'GRANT CREATE ON `sale`.* TO `a`@`%`', false],
    ['of one table only', 'GRANT CREATE ON `sales`.`t` TO `a`@`%`', false],
    ['that is another one', 'GRANT CREATE VIEW ON `sales`.* TO `a`@`%`', false],
    ['of columns only', 'GRANT CREATE (`a`, `b`), SELECT ON `sales`.* TO `a`@`%`', false],
    ['of a role', 'GRANT `writer` TO `a`@`%`', false],
    ['behind one of columns', 'GRANT SELECT (`a`, `b`), CREATE ON `sales`.* TO `a`@`%`', true],
  ])('%s', (_, line, expected) => {
    expect(isGranted(parseGrants([line]), 'CREATE', 'sales')).toBe(expected);
  });

  test('is granted when one of several lines says so, whatever its name holds', () => {
    const grants = parseGrants(['GRANT USAGE ON *.* TO `a`@`%`', 'GRANT CREATE ON `a``b.c`.* TO `a`@`%`']);
    expect(isGranted(grants, 'CREATE', 'a`b.c')).toBe(true);
    expect(isGranted(grants, 'CREATE', 'a`b?c')).toBe(false);
  });
});

test('a privilege on the server is not one on a database', () => {
  expect(isGrantedEverywhere(parseGrants(['GRANT ALL PRIVILEGES ON `sales`.* TO `a`@`%`']), 'SUPER')).toBe(false);
  expect(isGrantedEverywhere(parseGrants(['GRANT SUPER, READ_ONLY ADMIN ON *.* TO `a`@`%`']), 'SUPER')).toBe(true);
});
