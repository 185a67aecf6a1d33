import { expect, test } from 'vitest';
import type { NodeHeartbeat } from '../../../../protocol/message/node-message.ts';
import type { KnownNode } from '../../../../supervisor/cluster/node-registry.ts';
import { collectAlerts, type Troubles } from '../../../../supervisor/status/collect-alerts.ts';

type Breakers = NonNullable<NodeHeartbeat['breakers']>;

const OPEN = {
  pipeline: 'orders',
  shard: 's0',
  state: 'open',
  failures: 5,
  reason: 'ERG_3001: nobody answers',
  sinceMs: 1_000,
} as const;

function aNode(name: string, breakers?: Breakers, state: KnownNode['state'] = 'live'): KnownNode {
  return { name, state, heardMs: 0, heartbeat: { draining: true, breakers } } as Partial<KnownNode> as KnownNode; // what is looked at
}

function alertsOf(...nodes: KnownNode[]): readonly [code: string, message: string][] {
  const troubles: Troubles = {
    records: [],
    held: new Map(),
    refused: new Map(),
    nodes,
    doubleNodes: [],
    hasSettled: true,
    isFrozen: false,
    leading: undefined,
    findings: undefined,
    topics: new Map(),
    nowMs: 2_000,
    wallMs: 2_000,
  };
  return collectAlerts(troubles).map(({ code, message }) => [code, message]);
}

test('a breaker that lets nothing through is told once for a pipeline and shard, also where no sink runs', () => {
  const alerts = alertsOf(
    aNode('n1', [OPEN]),
    aNode('n2', [OPEN, { ...OPEN, shard: 's1', state: 'held' }]),
    aNode('n3'),
  );
  expect(alerts).toEqual([
    ['ERG_3011', 'the breaker of orders s0 is open: ERG_3001: nobody answers'],
    ['ERG_3012', 'the breaker of orders s1 is held: ERG_3001: nobody answers'],
  ]);
});

test('one that lets all through is none, nor one of a node that is not heard any more', () => {
  const suspect: Breakers = [
    { ...OPEN, state: 'suspect' },
    { ...OPEN, state: 'closed' },
  ];
  expect(alertsOf(aNode('n1', suspect), aNode('n2', [OPEN], 'dead'))).toEqual([]);
});
