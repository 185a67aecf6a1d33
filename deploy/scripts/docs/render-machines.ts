import type { AnyStateMachine } from 'xstate';
import { type DirectedGraphNode, toDirectedGraph } from 'xstate/graph';
import { joinBlocks, startPage } from './markdown.ts';

/** One diagram per machine, from the machine itself. Events that go the same way share an arrow. */
export function renderMachines(machines: readonly AnyStateMachine[]): string {
  return joinBlocks([
    startPage('State machines', 'actors'),
    'What is true in each state stands in the header of the machine. Events that leave a case where it is are not drawn.',
    ...machines.flatMap((machine) => [`## ${machine.id}`, renderMachine(machine)]),
  ]);
}

function renderMachine(machine: AnyStateMachine): string {
  const ways = new Map<string, Set<string>>();
  for (const { from, to, event } of listWays(toDirectedGraph(machine))) {
    const way = `${from} --> ${to}`;
    ways.set(way, (ways.get(way) ?? new Set()).add(event));
  }
  const arrows = [...ways].map(([way, events]) => `  ${way}: ${[...events].join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', ...arrows, '```'].join('\n');
}

interface Way {
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

function listWays(node: DirectedGraphNode): readonly Way[] {
  const own = node.edges.map(({ source, target, label }) => ({
    from: nameOf(source.path),
    to: nameOf(target.path),
    event: nameEvent(label.text),
  }));
  return [...own.filter(({ from, to }) => from !== to), ...node.children.flatMap(listWays)];
}

function nameOf(path: readonly string[]): string {
  return path.length === 0 ? 'any' : path.join('_');
}

/** Of timers and of work that a state does: what they are for, without the name of the machine. */
function nameEvent(text: string): string {
  const [, kind, what] = /^xstate\.(after|done\.actor|error\.actor)\.([^.]+)/.exec(text) ?? [];
  switch (kind) {
    case 'after':
      return `after ${what}`;
    case 'done.actor':
      return 'done';
    case 'error.actor':
      return 'failed';
    default:
      return text;
  }
}
