import { expect, test } from 'vitest';
import { assertOwned, checkFenceSql } from '../../../../../actors/target/mysql/fence-row.ts';

const OWNER = { pipeline: "it's", partition: 3, epoch: 7, owner: 'node/1' };

test('the check locks the row shared and fails unless the epoch is the same', () => {
  expect(checkFenceSql(OWNER)).toBe(
    "SET @ergate_fence=IF((SELECT epoch FROM ergate_fence WHERE pipeline = 'it\\'s' AND partition_no = 3 LOCK IN SHARE MODE)" +
      '=7,1,(SELECT 1 UNION ALL SELECT 2))',
  );
});

test.each([
  ['a higher epoch', { epoch: 8, owner: 'x', positioned: true }, 'ERG_3101'],
  ['a lower epoch', { epoch: 6, owner: 'x', positioned: true }, 'ERG_3102'],
  ['no row', undefined, 'ERG_3102'],
])('%s in the fence is not ours', (_case, row, code) => {
  expect(() => assertOwned(row, OWNER)).toThrow(expect.objectContaining({ code }));
});

test('the same epoch is ours', () => {
  expect(() => assertOwned({ epoch: 7, owner: 'x', positioned: false }, OWNER)).not.toThrow();
});

test.each([1.5, -1, Number.NaN, 2 ** 60])('an epoch of %d never reaches a statement', (epoch) => {
  expect(() => checkFenceSql({ ...OWNER, epoch })).toThrow(expect.objectContaining({ code: 'ERG_9000' }));
});
