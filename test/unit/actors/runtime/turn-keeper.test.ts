import { expect, test } from 'vitest';
import { TurnKeeper } from '../../../../actors/runtime/turn-keeper.ts';

test('never more than the turns run at a time, a failed one gives its turn on, and all of them run', async () => {
  const turns = new TurnKeeper(3);
  let running = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      turns.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (index % 3 === 0) {
          throw new Error('away');
        }
        return index;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(7);
  expect(await turns.run(async () => 'after')).toBe('after');
});
