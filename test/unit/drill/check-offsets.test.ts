import { expect, test } from 'vitest';
import { aSample } from '../../support/drill/build-history.ts';
import { checkOffsets } from '../../support/drill/check-offsets.ts';

test('offsets that go forward up to the end of the log are right', () => {
  expect(checkOffsets([aSample(undefined, 0), aSample(3, 0), aSample(3, 0), aSample(100, 0)])).toEqual([]);
});

test('an offset may go back where the operator set it back, and only there', () => {
  const back = aSample(5, 0, { phase: 1 });
  expect(checkOffsets([aSample(9, 0), back, aSample(6, 0, { phase: 1 })])).toEqual([]);
  expect(checkOffsets([aSample(9, 0), back, aSample(4, 0, { phase: 1 })])).toHaveLength(1);
});

test.each([
  ['goes back', [aSample(9, 0), aSample(8, 0)], 'went back from 9 to 8'],
  ['is lost', [aSample(9, 0), aSample(undefined, 0)], 'had committed 9, and then nothing'],
  ['lies beyond the end of the log', [aSample(101, 0)], 'committed 101, the log ends at 100'],
])('an offset that %s is found', (_, samples, message) => {
  expect(checkOffsets(samples)).toEqual([{ invariant: 'I8', message: `order-settlement/0 ${message}` }]);
});
