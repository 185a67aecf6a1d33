import { describe, expect, test } from 'vitest';
import { renderStack } from '../../../../deploy/local/render-stack.ts';
import type { ServerStatus } from '../../../../deploy/local/stack-status.ts';

const order: ServerStatus = {
  name: 'order',
  state: 'answering',
  pid: 4711,
  ports: [23306],
  variable: 'ERGATE_ORDER_PORT',
  address: '23306',
  folder: '/s/order',
};
const nats: ServerStatus = {
  name: 'nats',
  state: 'stopped',
  pid: undefined,
  ports: [24222],
  variable: 'ERGATE_NATS_URL',
  address: 'nats://127.0.0.1:24222',
  folder: '/s/nats',
};

describe('renderStack', () => {
  test('as a table has one aligned line for each server', () => {
    expect(renderStack('table', '/s', [order, nats])).toBe(
      [
        'SERVER  STATE      PID   ADDRESS                 FOLDER',
        'order   answering  4711  23306                   /s/order',
        'nats    stopped    -     nats://127.0.0.1:24222  /s/nats',
      ].join('\n'),
    );
  });

  test('as environment exports the variables of the example settings', () => {
    expect(renderStack('env', '/s', [order, nats])).toBe(
      'export ERGATE_ORDER_PORT=23306\nexport ERGATE_NATS_URL=nats://127.0.0.1:24222',
    );
  });

  test('as JSON holds everything that is known', () => {
    expect(JSON.parse(renderStack('json', '/s', [order]))).toEqual({ folder: '/s', servers: [order] });
  });
});
