import { describe, expect, test } from 'vitest';
import type { NodeStatus } from '../../../../protocol/message/supervisor-status.ts';
import { listBreakers, nameAuthor, renderBreakers } from '../../../../supervisor/cli/breaker-command.ts';

const OPEN = {
  pipeline: 'orders',
  shard: 's0',
  state: 'open',
  failures: 5,
  reason: 'ERG_3001: nobody answers',
  sinceMs: 1_000,
} as const;

function aNode(node: string, state: NodeStatus['state'], breakers?: NodeStatus['breakers']): NodeStatus {
  return { node, state, breakers } as Partial<NodeStatus> as NodeStatus; // what is looked at
}

describe('the breakers of a status', () => {
  test('are those of each node, whatever runs on it', () => {
    const nodes = [
      aNode('node-1', 'live', [OPEN, { ...OPEN, pipeline: 'items' }]),
      aNode('node-2', 'draining', [OPEN]),
      aNode('node-3', 'live'),
      aNode('node-4', 'dead', [OPEN]),
    ];
    expect(listBreakers({ nodes }).map(({ pipeline, shard, node }) => [pipeline, shard, node])).toEqual([
      ['orders', 's0', 'node-1'],
      ['items', 's0', 'node-1'],
      ['orders', 's0', 'node-2'],
    ]);
  });

  test('are shown with state, age and reason', () => {
    const text = renderBreakers([{ node: 'node-1', ...OPEN }], 61_000).join('\n');
    expect(text).toMatch(/orders +s0 +open +1m0s +node-1 +5 +ERG_3001: nobody answers/);
  });

  test('all closed are one sentence', () => {
    expect(renderBreakers([], 0)).toEqual(['all breakers are closed']);
  });
});

describe('an order', () => {
  test('names who gave it', () => {
    expect(nameAuthor(() => ({ username: 'ann' }))).toMatch(/^ann@./);
  });

  test('is given by a number where a user has no name, as in a container', () => {
    const readUser = () => {
      throw new Error('ENOENT: no such user');
    };
    expect(nameAuthor(readUser)).toMatch(/^uid \d+@./);
  });
});
