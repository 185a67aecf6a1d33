import type { Job } from '../../protocol/message/job.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';
import type { KnownNode } from './node-registry.ts';

/** An actor that a node says it runs. */
export interface Claim {
  readonly node: KnownNode;
  readonly report: ActorReport;
}

/** Every actor of every node that is not dead, by job. */
export class ClaimIndex {
  readonly all: readonly Claim[];
  readonly #byJob: ReadonlyMap<string, readonly Claim[]>;

  constructor(nodes: readonly KnownNode[]) {
    this.all = nodes
      .filter(({ state }) => state !== 'dead')
      .flatMap((node) => node.heartbeat.actors.map((report) => ({ node, report })));
    this.#byJob = Map.groupBy(this.all, ({ report }) => report.job.name);
  }

  get jobs(): readonly Job[] {
    return this.all.map(({ report }) => report.job);
  }

  of(jobName: string): readonly Claim[] {
    return this.#byJob.get(jobName) ?? [];
  }

  find(jobName: string, place: { readonly node: string; readonly placeEpoch: number }): Claim | undefined {
    return this.of(jobName).find(
      ({ node, report }) => node.name === place.node && report.placeEpoch === place.placeEpoch,
    );
  }
}

/** The claim of the newest place; of equal ones that of the first node by name. */
export function chooseNewest(claims: readonly Claim[]): Claim | undefined {
  return claims.reduce<Claim | undefined>(
    (best, claim) => (best === undefined || claim.report.placeEpoch > best.report.placeEpoch ? claim : best),
    undefined,
  );
}
