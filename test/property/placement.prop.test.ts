import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { captureJob, type Job, sinkJob } from '../../protocol/message/job.ts';
import { type PlacementQuestion, planPlacement } from '../../supervisor/cluster/plan-placement.ts';
import { propertySeed } from '../support/property-seed.ts';

const parameters = { ...propertySeed(), numRuns: 300 };

const someJobs = fc
  .record({
    captures: fc.integer({ min: 0, max: 3 }),
    pipelines: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  })
  .map(({ captures, pipelines }): Job[] => [
    ...Array.from({ length: captures }, (_, index) => captureJob(`c${index}`)),
    ...pipelines.flatMap((partitions, index) =>
      Array.from({ length: partitions }, (_, partition) => sinkJob(`p${index}`, partition)),
    ),
  ]);
const nodeNames = (count: number) => Array.from({ length: count }, (_, index) => `node-${index + 1}`);
const someNodes = fc.integer({ min: 1, max: 8 }).map(nodeNames);

function ask(
  question: Partial<PlacementQuestion> & Pick<PlacementQuestion, 'jobs' | 'openNodes'>,
): Map<string, string> {
  return planPlacement({
    keepingNodes: new Set(),
    places: new Map(),
    avoided: new Map(),
    maxBalanceMoves: 0,
    ...question,
  });
}

/** Asks again and again as the supervisor does, until nothing changes. */
function settle(
  question: Parameters<typeof ask>[0],
  maxBalanceMoves = 1,
): { places: Map<string, string>; moves: number } {
  let places = new Map(question.places);
  let moves = 0;
  for (;;) {
    const next = ask({ ...question, places, maxBalanceMoves });
    const changed = countChanges(places, next);
    if (changed === 0) {
      return { places, moves };
    }
    moves += changed;
    places = next;
  }
}

function countChanges(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  return [...after].filter(([job, node]) => before.get(job) !== node).length;
}

function loadsOf(places: ReadonlyMap<string, string>, nodes: readonly string[]): number[] {
  return nodes.map((node) => [...places.values()].filter((other) => other === node).length);
}

describe('placement', () => {
  test('every job has a live node', () => {
    fc.assert(
      fc.property(someJobs, someNodes, (jobs, openNodes) => {
        const places = ask({ jobs, openNodes });
        expect([...places.keys()].sort()).toEqual(jobs.map(({ name }) => name).sort());
        expect([...places.values()].every((node) => openNodes.includes(node))).toBe(true);
      }),
      parameters,
    );
  });

  test('loads differ by at most one once it has settled, from any start', () => {
    const start = fc.tuple(someJobs, someNodes, fc.infiniteStream(fc.nat({ max: 7 })));
    fc.assert(
      fc.property(start, ([jobs, openNodes, choices]) => {
        const places = new Map(jobs.map(({ name }) => [name, openNodes[choices.next().value % openNodes.length]!]));
        const loads = loadsOf(settle({ jobs, openNodes, places }).places, openNodes);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
      parameters,
    );
  });

  test('nothing moves when nothing changed, whatever may be moved', () => {
    fc.assert(
      fc.property(someJobs, someNodes, (jobs, openNodes) => {
        const { places } = settle({ jobs, openNodes });
        expect(ask({ jobs, openNodes, places, maxBalanceMoves: jobs.length })).toEqual(places);
      }),
      parameters,
    );
  });

  test('when a node dies, its jobs move and no other does, and the loads stay even', () => {
    fc.assert(
      fc.property(someJobs, fc.integer({ min: 2, max: 8 }), fc.nat({ max: 7 }), (jobs, count, choice) => {
        const nodes = nodeNames(count);
        const before = settle({ jobs, openNodes: nodes }).places;
        const dead = nodes[choice % count]!;
        const openNodes = nodes.filter((node) => node !== dead);
        const lost = [...before].filter(([, node]) => node === dead);
        const left = new Map([...before].filter(([, node]) => node !== dead));
        const { places, moves } = settle({ jobs, openNodes, places: left });
        expect(moves).toBe(lost.length);
        const loads = loadsOf(places, openNodes);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
      parameters,
    );
  });

  test('a new node takes its share, and only its share is moved', () => {
    fc.assert(
      fc.property(someJobs, someNodes, (jobs, nodes) => {
        const { places } = settle({ jobs, openNodes: nodes });
        const openNodes = [...nodes, 'node-new'];
        const { moves, places: after } = settle({ jobs, openNodes, places });
        expect(moves).toBeLessThanOrEqual(Math.ceil(jobs.length / openNodes.length));
        expect(loadsOf(after, ['node-new'])[0]).toBeGreaterThanOrEqual(Math.floor(jobs.length / openNodes.length));
      }),
      parameters,
    );
  });

  test('a job never goes to a node that it avoids, and stays on a node that only keeps', () => {
    const start = fc.tuple(someJobs, fc.integer({ min: 2, max: 6 }), fc.infiniteStream(fc.nat({ max: 5 })));
    fc.assert(
      fc.property(start, ([jobs, count, choices]) => {
        const [keeping, ...openNodes] = nodeNames(count) as [string, ...string[]];
        const avoided = new Map(
          jobs.map(({ name }) => [name, new Set([openNodes[choices.next().value % openNodes.length]!])]),
        );
        const places = new Map(jobs.slice(0, 3).map(({ name }) => [name, keeping]));
        const question = { jobs, openNodes, places, avoided, keepingNodes: new Set([keeping]) };
        const after = settle(question, jobs.length).places;
        for (const [name, node] of after) {
          expect(avoided.get(name)!.has(node)).toBe(false);
        }
        for (const name of places.keys()) {
          expect(after.get(name)).toBe(keeping);
        }
      }),
      parameters,
    );
  });

  test('at most the allowed number of jobs moves to even out loads', () => {
    fc.assert(
      fc.property(someJobs, fc.nat({ max: 5 }), (jobs, maxBalanceMoves) => {
        const places = new Map(jobs.map(({ name }) => [name, 'node-1']));
        const after = ask({ jobs, openNodes: ['node-1', 'node-2', 'node-3'], places, maxBalanceMoves });
        expect(countChanges(places, after)).toBeLessThanOrEqual(maxBalanceMoves);
      }),
      parameters,
    );
  });
});
