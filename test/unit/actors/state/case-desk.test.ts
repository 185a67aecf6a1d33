import { expect, test } from 'vitest';
import { isSamePerson } from '../../../../actors/state/case-desk.ts';

test.each([
  ['ann@here', 'ann@here', true],
  ['ann@here', 'ann@elsewhere', true],
  ['ann@here', 'bob@here', false],
  ['ann@corp.example@here', 'ann@other.example@here', false],
  ['uid 7@here', 'uid 7@there', true],
  ['ann', 'ann@here', true],
])('%s and %s are one person: %s', (one, other, isSame) => {
  expect(isSamePerson(one, other)).toBe(isSame);
  expect(isSamePerson(other, one)).toBe(isSame);
});
