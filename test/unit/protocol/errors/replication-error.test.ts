import { describe, expect, test } from 'vitest';
import { asReplicationError, ReplicationError } from '../../../../protocol/errors/replication-error.ts';

test('an error carries its code, the class of the code, its context and its cause', () => {
  const cause = new Error('below');
  const error = new ReplicationError('ERG_5001', 'away', { cause, context: { port: 3306 } });
  expect(error).toMatchObject({
    name: 'ReplicationError',
    message: 'ERG_5001: away',
    code: 'ERG_5001',
    class: 'transient',
    context: { port: 3306 },
    cause,
  });
});

describe('asReplicationError', () => {
  test('leaves a coded error as it is', () => {
    const error = new ReplicationError('ERG_5003', 'taken over');
    expect(asReplicationError(error)).toBe(error);
  });

  test.each([
    ['an error', new TypeError('x is no function'), 'ERG_9000: x is no function'],
    ['a text', 'bad', 'ERG_9000: bad'],
    ['nothing', undefined, 'ERG_9000: undefined'],
  ])('gives %s that is not ours the code for bugs, with its cause', (_, thrown, message) => {
    const error = asReplicationError(thrown);
    expect(error).toMatchObject({ code: 'ERG_9000', class: 'bug', message });
    expect(error.cause).toBe(thrown);
  });
});
