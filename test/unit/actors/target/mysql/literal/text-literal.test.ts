import { expect, test } from 'vitest';
import { parseMembers } from '../../../../../../actors/target/mysql/literal/text-literal.ts';

/** As information_schema shows it on both servers. */
test('members are as the server means them, not as it spells them', () => {
  const shown = String.raw`enum('a\\b','c\nd','e\rf','g\0h','q''q','\\''x','\\n','','a,b')`;
  expect(parseMembers(shown)).toEqual(['a\\b', 'c\nd', 'e\rf', 'g\0h', "q'q", "\\'x", '\\n', '', 'a,b']);
});
