import { expect, test } from 'vitest';
import { renderSynced } from '../../../../supervisor/cli/force-sync-command.ts';

test('a key that no side has is not told as a row that is right', () => {
  expect(renderSynced([], 1)).toEqual(['the row is as its source row says, on all shards']);
  expect(renderSynced([], 0)).toEqual([expect.stringMatching(/^no row has this key/)]);
});
