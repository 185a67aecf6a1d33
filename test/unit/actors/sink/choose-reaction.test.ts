import { expect, test } from 'vitest';
import { chooseReaction, type Reaction } from '../../../../actors/sink/choose-reaction.ts';
import { ERROR_CODES, type ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

const react = (code: ErrorCode, rows: number, tries: number) =>
  chooseReaction(new ReplicationError(code, 'as told'), rows, tries);

test.each<[string, ErrorCode, number, number, Reaction]>([
  ['what may pass is tried again for ever', 'ERG_3005', 100, 50, 'retry'],
  ['also when one row is left', 'ERG_3005', 1, 50, 'retry'],
  ['an outcome that nobody knows is tried again for ever', 'ERG_3003', 1, 50, 'retry'],
  ['a statement that was ended once is tried again whole', 'ERG_3006', 100, 1, 'retry'],
  ['one that is ended again takes too long: it is divided', 'ERG_3006', 100, 2, 'divide'],
  ['a row is not refused because it takes long', 'ERG_3006', 1, 50, 'retry'],
  ['an unknown answer may pass', 'ERG_3099', 100, 2, 'retry'],
  ['an unknown answer that stays is looked for among the rows', 'ERG_3099', 100, 3, 'divide'],
  ['and is the fault of the one that it stays with', 'ERG_3099', 1, 3, 'refuse'],
  ['an unknown answer to a question is no fault of a row', 'ERG_3098', 1, 50, 'retry'],
  ['a row that cannot be written is looked for', 'ERG_3201', 2, 1, 'divide'],
  ['and refused', 'ERG_3201', 1, 1, 'refuse'],
  ['a parent may still come', 'ERG_3206', 1, 2, 'defer'],
  ['but is not waited for long', 'ERG_3206', 1, 3, 'refuse'],
  ['a changed table is read anew', 'ERG_3401', 100, 4, 'refresh'],
  ['until it is no change in progress any more', 'ERG_3401', 100, 5, 'divide'],
  ['a missing table is waited for', 'ERG_3402', 1, 50, 'refresh'],
  ['a missing right is waited for', 'ERG_3501', 1, 50, 'refresh'],
  ['a statement that the server cannot read is looked for among the rows', 'ERG_3901', 2, 1, 'divide'],
  ['a newer owner ends it', 'ERG_3101', 1, 1, 'stop'],
  ['so does a fence row that is gone', 'ERG_3102', 1, 1, 'stop'],
])('%s', (...[, code, rows, tries, expected]) => {
  expect(react(code, rows, tries)).toBe(expected);
});

test('no row is refused for what is not its fault, and nothing but one row is refused', () => {
  const blameless = new Set(['transient', 'unknown', 'configuration', 'fenced', 'expected']);
  for (const [code, { class: kind }] of Object.entries(ERROR_CODES)) {
    const known = code as ErrorCode; // a key of the table
    expect(react(known, 2, 100)).not.toBe('refuse');
    if (blameless.has(kind) && code !== 'ERG_3099') {
      expect(react(known, 1, 100)).not.toBe('refuse');
    }
  }
});
