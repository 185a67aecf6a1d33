/**
 * One look at everything: heartbeats, wanted jobs and what is remembered → what to tell the nodes. No I/O and no clock in
 * here; called every fraction of a heartbeat, so that whatever was missed is seen at the next look.
 *
 * After a start, and after a time in which nodes could not be heard, nothing is placed or stopped until every living node
 * must have been heard. What runs by then is adopted where it is: a new supervisor disturbs nothing.
 */
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { type Command, chooseCommands, chooseGreetings } from './choose-commands.ts';
import { chooseJobs, type WantedJobs } from './choose-jobs.ts';
import { ClaimIndex } from './claim-index.ts';
import { FREEZE_MS, isCutOff } from './is-cut-off.ts';
import type { KnownNode } from './node-registry.ts';
import type { JobRecord, Place, PlaceBookTimes } from './place-book.ts';
import type { PlaceEpochs } from './place-epochs.ts';
import { type Look, PlaceKeeper, type PlaceKeeperParts } from './place-keeper.ts';
import { planPlacement } from './plan-placement.ts';

export interface ReconcilerParts extends PlaceKeeperParts {
  readonly settings: Pick<Settings, 'captures' | 'pipelines'>;
  /** Pipelines that this version cannot run, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** What only a supervisor that leads has. */
export interface Leading {
  readonly epoch: number;
  readonly places: PlaceEpochs;
}

/** Of all jobs, how many may be moved at the same time only to even out loads; at least one. */
const BALANCE_SHARE = 0.1;
/** A place that does not work after this time does not hold up the others. */
const SLOW_PLACE_MS = 30_000;

export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #keeper: PlaceKeeper;
  #held: WantedJobs['held'] = new Map();
  #cutOffSinceMs: number | undefined;
  #isFrozen = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#keeper = new PlaceKeeper(parts);
  }

  /** Jobs that are not placed yet, with the reason. */
  get held(): WantedJobs['held'] {
    return this.#held;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /**
   * @param leading undefined while we may only look
   * @param partitionCounts by topic, as far as they are known
   */
  look(leading: Leading | undefined, partitionCounts: ReadonlyMap<string, number>, times: PlaceBookTimes): Command[] {
    const { nodes, book } = this.#parts;
    this.#ageNodes(times.nowMs);
    const claims = new ClaimIndex(nodes.list);
    this.#followJobs(claims, partitionCounts, times);
    if (leading === undefined) {
      return [];
    }
    const greetings = chooseGreetings(nodes.list, leading.epoch);
    if (!nodes.hasSettled(times.nowMs)) {
      return greetings;
    }
    this.#watchFreeze(times.nowMs);
    const look: Look = { times, claims, places: leading.places, isFrozen: this.#isFrozen };
    for (const record of book.records) {
      this.#keeper.check(record, look);
    }
    this.#place(look);
    const { records } = book;
    const findRecord = (name: string) => book.find(name);
    return [...greetings, ...chooseCommands({ nodes: nodes.list, claims, findRecord, records, nowMs: times.nowMs })];
  }

  /** A node took the spawn. */
  accept(jobName: string, placeEpoch: number, nowMs: number): void {
    const place = this.#parts.book.find(jobName)?.place;
    if (place?.placeEpoch === placeEpoch) {
      place.acceptedMs ??= nowMs;
    }
  }

  /** A node answered the spawn with a refusal, or not at all. */
  refuse(jobName: string, placeEpoch: number, reason: string, times: PlaceBookTimes): void {
    const record = this.#parts.book.find(jobName);
    if (record?.place?.placeEpoch === placeEpoch && this.#parts.book.refuse(record)) {
      this.#keeper.fail(record, reason, times);
    }
  }

  #ageNodes(nowMs: number): void {
    for (const { name, heartbeat } of this.#parts.nodes.advance(nowMs)) {
      const { actors, draining } = heartbeat;
      this.#parts.log.event('node.lost', { node: name, actors: actors.length, draining });
    }
  }

  #followJobs(claims: ClaimIndex, partitionCounts: ReadonlyMap<string, number>, times: PlaceBookTimes): void {
    const { settings, refused, book } = this.#parts;
    const known = book.records.filter(({ report }) => report !== undefined).map(({ job }) => job);
    const running = [...claims.jobs, ...known];
    const { jobs, held } = chooseJobs(settings, partitionCounts, running, refused);
    this.#held = held;
    book.follow(jobs, times.wallMs);
    book.forgive(times);
    for (const record of book.records) {
      this.#keeper.adopt(record, claims, times);
    }
  }

  #place(look: Look): void {
    const { nodes, book } = this.#parts;
    const records = book.records.filter(
      ({ job, place, quarantine }) =>
        quarantine === undefined && (place === undefined ? !this.#held.has(job.name) : !this.#waits(place, look)),
    );
    const plan = planPlacement({
      jobs: records.map(({ job }) => job),
      openNodes: this.#namesOf(({ state }) => state === 'live'),
      keepingNodes: new Set(this.#namesOf(({ state }) => state === 'silent' || (state === 'dead' && look.isFrozen))),
      places: new Map(records.flatMap(({ job, place }) => (place === undefined ? [] : [[job.name, place.node]]))),
      avoided: new Map(records.map(({ job, failedOn }) => [job.name, new Set(failedOn.keys())])),
      maxBalanceMoves: this.#countBalanceMoves(records, look.times.nowMs),
    });
    for (const record of records) {
      const { place, job } = record;
      const target = plan.get(job.name);
      const node = target === undefined || target === place?.node ? undefined : nodes.find(target);
      if (node !== undefined) {
        const from = place === undefined ? undefined : { node: place.node, placeEpoch: place.placeEpoch };
        this.#keeper.put(record, { node, from }, look);
      }
    }
  }

  /** For its dead node to come back. */
  #waits({ node }: Place, { isFrozen }: Look): boolean {
    return !isFrozen && this.#parts.nodes.find(node)?.state === 'dead';
  }

  /** None while anything is unsure or under way: evening out can wait. */
  #countBalanceMoves(records: readonly JobRecord[], nowMs: number): number {
    if (
      this.#isFrozen ||
      !this.#parts.nodes.isCalm(nowMs) ||
      this.#namesOf(({ state }) => state === 'silent').length > 0
    ) {
      return 0;
    }
    const underWay = records.filter(
      ({ place, report }) =>
        place !== undefined &&
        nowMs - place.placedMs < SLOW_PLACE_MS &&
        (report?.placeEpoch !== place.placeEpoch || report.status.state === 'starting'),
    );
    return Math.max(0, Math.max(1, Math.ceil(records.length * BALANCE_SHARE)) - underWay.length);
  }

  #watchFreeze(nowMs: number): void {
    const { nodes, log } = this.#parts;
    this.#cutOffSinceMs = isCutOff(nodes.list, nodes.deadAfterMs) ? (this.#cutOffSinceMs ?? nowMs) : undefined;
    const isFrozen = this.#cutOffSinceMs !== undefined && nowMs - this.#cutOffSinceMs < FREEZE_MS;
    if (isFrozen && !this.#isFrozen) {
      log.event('supervisor.frozen', { nodes: nodes.list.length });
    }
    this.#isFrozen = isFrozen;
  }

  #namesOf(isMeant: (node: KnownNode) => boolean): string[] {
    return this.#parts.nodes.list.filter(isMeant).map(({ name }) => name);
  }
}
