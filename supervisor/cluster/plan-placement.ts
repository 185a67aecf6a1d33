/**
 * Which node runs which job: as few moves as possible, loads as even as possible, the same answer for the same question.
 *
 * A job stays where it is while its node may keep it. A job without a node goes to the least loaded one; on equal loads
 * the partitions of one pipeline are spread, sinks and verifiers each on their own. Only then are running jobs moved, few at a time, from the most loaded node to
 * the least loaded one while their loads differ by more than one.
 */
import type { Job } from '../../protocol/message/job.ts';

export interface PlacementQuestion {
  readonly jobs: readonly Job[];
  /** Nodes that take actors. */
  readonly openNodes: readonly string[];
  /** Nodes that keep what they have and take nothing, such as one that was not heard just now. */
  readonly keepingNodes: ReadonlySet<string>;
  /** Job name to the node it is on; a job on a node that is neither open nor keeping needs another one. */
  readonly places: ReadonlyMap<string, string>;
  /** Job name to the nodes it must not go to; it may stay there. */
  readonly avoided: ReadonlyMap<string, ReadonlySet<string>>;
  /** Running jobs that may be moved only to even out loads. */
  readonly maxBalanceMoves: number;
}

/** @returns job name to node; a job that no node may take is missing */
export function planPlacement(question: PlacementQuestion): Map<string, string> {
  const loads = new NodeLoads(question);
  const homeless = question.jobs.filter((job) => !loads.stay(job, question));
  for (const job of homeless) {
    loads.settle(job);
  }
  for (let moves = 0; moves < question.maxBalanceMoves && loads.evenOut(); moves++) {}
  return loads.places;
}

class NodeLoads {
  readonly places = new Map<string, string>();
  readonly #jobs = new Map<string, Set<Job>>();
  readonly #avoided: PlacementQuestion['avoided'];

  constructor({ openNodes, avoided }: PlacementQuestion) {
    this.#avoided = avoided;
    for (const node of [...openNodes].sort()) {
      this.#jobs.set(node, new Set());
    }
  }

  /** @returns false when it cannot stay where it is, or is nowhere */
  stay(job: Job, { places, keepingNodes }: PlacementQuestion): boolean {
    const node = places.get(job.name);
    if (node === undefined || !(this.#jobs.has(node) || keepingNodes.has(node))) {
      return false;
    }
    this.#put(job, node);
    return true;
  }

  /** Finds a home, if there is one. */
  settle(job: Job): void {
    const allowed = [...this.#jobs.keys()].filter((node) => this.#mayTake(node, job));
    const home = allowed.reduce<string | undefined>(
      (best, node) => (best === undefined || this.#isBetterHome(node, best, job) ? node : best),
      undefined,
    );
    if (home !== undefined) {
      this.#put(job, home);
    }
  }

  /** Moves one job from a node to one with at least two fewer. @returns false when there is nothing to gain */
  evenOut(): boolean {
    const byLoad = [...this.#jobs].sort(([, left], [, right]) => left.size - right.size);
    for (const [, richer] of [...byLoad].reverse()) {
      for (const [poorer, fewer] of byLoad) {
        if (richer.size - fewer.size < 2) {
          break;
        }
        const job = this.#chooseMove(richer, poorer);
        if (job !== undefined) {
          this.#put(job, poorer);
          return true;
        }
      }
    }
    return false;
  }

  /** Anything rather than a capture, which reads its source anew; of the pipeline and kind that has the most there. */
  #chooseMove(from: ReadonlySet<Job>, to: string): Job | undefined {
    let best: Job | undefined;
    let bestWeight = -1;
    for (const job of from) {
      const weight = job.kind === 'capture' ? 0 : countAlike(job, from);
      if (weight > bestWeight && this.#mayTake(to, job)) {
        best = job;
        bestWeight = weight;
      }
    }
    return best;
  }

  #put(job: Job, node: string): void {
    this.#jobsOf(this.places.get(job.name)).delete(job);
    this.#jobsOf(node).add(job);
    this.places.set(job.name, node);
  }

  #isBetterHome(node: string, than: string, job: Job): boolean {
    const [jobs, others] = [this.#jobsOf(node), this.#jobsOf(than)];
    return jobs.size === others.size ? countAlike(job, jobs) < countAlike(job, others) : jobs.size < others.size;
  }

  #mayTake(node: string, job: Job): boolean {
    return this.#avoided.get(job.name)?.has(node) !== true;
  }

  #jobsOf(node: string | undefined): Set<Job> {
    return (node === undefined ? undefined : this.#jobs.get(node)) ?? new Set();
  }
}

function countAlike(job: Job, jobs: ReadonlySet<Job>): number {
  let alike = 0;
  for (const other of jobs) {
    const isSameStream = !('pipeline' in job) || !('pipeline' in other) || other.pipeline === job.pipeline;
    alike += other.kind === job.kind && isSameStream ? 1 : 0;
  }
  return alike;
}
