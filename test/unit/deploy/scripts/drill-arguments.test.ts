import { describe, expect, test } from 'vitest';
import { DrillUsageError, readDrillArguments } from '../../../../deploy/scripts/drill-arguments.ts';

const NAMES = ['debezium', 'kill-node'];

describe('readDrillArguments', () => {
  test('takes the name alone, with the seed that it is offered', () => {
    expect(readDrillArguments(['kill-node'], NAMES, 17)).toEqual({ name: 'kill-node', seed: 17, runs: 1, options: {} });
  });

  test('keeps what it does not know for the drill', () => {
    const args = ['debezium', '--seed', '0', '--runs', '3', '--schema', 'off', '--modes', 'first'];
    expect(readDrillArguments(args, NAMES, 17)).toEqual({
      name: 'debezium',
      seed: 0,
      runs: 3,
      options: { schema: 'off', modes: 'first' },
    });
  });

  test.each([
    ['no name', []],
    ['a name that no drill has', ['debez']],
    ['a seed that is no number', ['debezium', '--seed', 'x']],
    ['a seed beyond 31 bits', ['debezium', '--seed', '9999999999']],
    ['an option without its value', ['debezium', '--seed']],
    ['a value without its option', ['debezium', '5']],
  ])('refuses %s', (_, args) => {
    expect(() => readDrillArguments(args, NAMES, 17)).toThrow(DrillUsageError);
  });
});
