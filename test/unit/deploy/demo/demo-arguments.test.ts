import { describe, expect, test } from 'vitest';
import { readDemoArguments } from '../../../../deploy/demo/demo-arguments.ts';

describe('demo arguments', () => {
  test('defaults run until Ctrl-C', () => {
    expect(readDemoArguments([])).toEqual({
      forMs: undefined,
      rate: 500,
      seed: 1,
      corrupt: 0,
      pipelines: 'order',
      folder: '.ergate/demo',
    });
  });

  test('six pipelines have data of their own', () => {
    expect(readDemoArguments(['--pipelines', 'six'])).toMatchObject({ pipelines: 'six', folder: '.ergate/demo-six' });
    expect(readDemoArguments(['--pipelines', 'six', '--folder', 'x'])).toMatchObject({ folder: 'x' });
  });

  test('durations carry their unit', () => {
    expect(readDemoArguments(['--for', '60s']).forMs).toBe(60_000);
    expect(readDemoArguments(['--for', '5m']).forMs).toBe(300_000);
  });

  test('rows are damaged only when that is asked for', () => {
    expect(readDemoArguments(['--corrupt', '20']).corrupt).toBe(20);
    expect(readDemoArguments(['--corrupt', '0']).corrupt).toBe(0);
  });

  test.each([
    ['--corrupt', 'x', /--corrupt: expected a whole number/],
    ['--for', '60', /--for: expected a duration/],
    ['--rate', '0', /--rate: expected a whole number/],
    ['--seed', 'x', /--seed: expected a whole number/],
    ['--pipelines', 'seven', /--pipelines: expected one of order, six/],
    ['--speed', '1', /--speed/],
  ])('%s %s is refused with its name', (name, value, message) => {
    expect(() => readDemoArguments([name, value])).toThrow(message);
  });
});
