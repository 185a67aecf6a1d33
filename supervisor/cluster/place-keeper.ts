import type { Logger } from '../../protocol/log/logger.ts';
import { type ClaimIndex, chooseNewest } from './claim-index.ts';
import { type ClaimVerdict, judgeClaim } from './judge-claim.ts';
import { mustReplace } from './must-replace.ts';
import type { KnownNode, NodeRegistry } from './node-registry.ts';
import type { JobRecord, Place, PlaceBook, PlaceBookTimes } from './place-book.ts';
import type { PlaceEpochs } from './place-epochs.ts';

export interface PlaceKeeperParts {
  readonly nodes: NodeRegistry;
  readonly book: PlaceBook;
  readonly log: Logger;
}

/** One look: its time, what the nodes claim, and the right to give places. */
export interface Look {
  readonly times: PlaceBookTimes;
  readonly claims: ClaimIndex;
  readonly places: PlaceEpochs;
  /** Places on dead nodes are kept. */
  readonly isFrozen: boolean;
}

const GAVE_UP = 'the node gave it up and did not say why';

/** Follows the place of each job by what the nodes claim, one job at a time. Where a job goes is decided elsewhere. */
export class PlaceKeeper {
  readonly #parts: PlaceKeeperParts;

  constructor(parts: PlaceKeeperParts) {
    this.#parts = parts;
  }

  /** Takes what runs for granted: a job without a place, or one that runs at a newer place than we know of. */
  adopt(record: JobRecord, claims: ClaimIndex, { nowMs, wallMs }: PlaceBookTimes): void {
    const { job } = record;
    const best = chooseNewest(claims.of(job.name).filter(({ report }) => judgeClaim(report) === 'works'));
    const isNewer = best !== undefined && best.report.placeEpoch > (record.place?.placeEpoch ?? -1);
    if (isNewer && record.quarantine === undefined) {
      const { node, report } = best;
      const found = { node: node.name, boot: node.heartbeat.boot, placeEpoch: report.placeEpoch };
      this.#parts.book.put(record, { ...found, placedMs: nowMs, acceptedMs: nowMs, from: undefined }, wallMs);
      this.#parts.log.event('job.adopted', { job: job.name, node: node.name, placeEpoch: report.placeEpoch });
    }
    const own = record.place === undefined ? undefined : claims.find(job.name, record.place);
    if (own !== undefined && record.place !== undefined) {
      record.place.acceptedMs ??= nowMs;
      record.report = own.report;
      record.reportMs = own.node.heardMs;
    }
  }

  /** Takes a place away from a node that died, gave the job up or lost its actor; gives a restarted node a new one. */
  check(record: JobRecord, look: Look): void {
    const { place } = record;
    if (place === undefined) {
      this.#noteOldFailures(record, look);
      return;
    }
    const node = this.#parts.nodes.find(place.node);
    if (node === undefined || node.state === 'dead') {
      const { deadAfterMs } = this.#parts.nodes;
      if (!look.isFrozen && mustReplace(record.job, node, deadAfterMs, look.times.nowMs)) {
        record.place = undefined;
        record.sinceMs = look.times.wallMs;
      }
    } else if (node.heartbeat.boot !== place.boot) {
      record.failedOn.delete(node.name);
      this.put(record, { node }, look); // the process was restarted: nothing is moved
    } else {
      this.#checkActor(record, node, look);
    }
  }

  /** Gives the job a new place; what runs at an older one is fenced by it. */
  put(
    record: JobRecord,
    { node, from }: { readonly node: KnownNode; readonly from?: { node: string; placeEpoch: number } | undefined },
    { places, times }: Look,
  ): void {
    const place = { node: node.name, boot: node.heartbeat.boot, placeEpoch: places.next(), placedMs: times.nowMs };
    this.#parts.book.put(record, { ...place, acceptedMs: undefined, from }, times.wallMs);
    const fields = { job: record.job.name, node: node.name, placeEpoch: place.placeEpoch };
    if (from === undefined) {
      this.#parts.log.event('job.placed', fields);
    } else {
      this.#parts.log.event('job.moved', { ...fields, from: from.node });
    }
  }

  /** The job cannot run on the node of its place. */
  fail(record: JobRecord, reason: string, times: PlaceBookTimes): void {
    const { book, log, nodes } = this.#parts;
    const node = record.place?.node;
    const openNodes = nodes.list.filter(({ state }) => state === 'live').map(({ name }) => name);
    const quarantine = book.fail(record, reason, openNodes, times);
    log.event('job.failed', { job: record.job.name, node, reason });
    if (quarantine !== undefined) {
      const pauseMs = Math.round(quarantine.untilMs - times.nowMs);
      log.event('job.quarantined', { job: record.job.name, reason, pauseMs });
    }
  }

  #checkActor(record: JobRecord, node: KnownNode, look: Look): void {
    const claim = record.place === undefined ? undefined : look.claims.find(record.job.name, record.place);
    const verdict = claim === undefined ? judgeAbsence(record.place, node) : judgeClaim(claim.report);
    const reason = claim?.report.status.reason;
    if (verdict === 'given-up') {
      this.fail(record, reason ?? GAVE_UP, look.times);
    } else if (verdict === 'ended' && node.state === 'live') {
      this.#startAnew(record, node, { look, reason });
    }
  }

  #startAnew(record: JobRecord, node: KnownNode, { look, reason }: { look: Look; reason: string | undefined }): void {
    if (this.#parts.book.refuse(record)) {
      this.fail(record, reason ?? `ERG_6007: its actor ends on ${node.name} again and again`, look.times);
    } else {
      this.put(record, { node }, look);
    }
  }

  /** A supervisor that was restarted learns from the claims where a job without a place has failed. */
  #noteOldFailures(record: JobRecord, { claims, times }: Look): void {
    for (const { node, report } of claims.of(record.job.name)) {
      const isNews = record.quarantine === undefined && !record.failedOn.has(node.name);
      if (isNews && judgeClaim(report) === 'given-up') {
        const reason = report.status.reason ?? GAVE_UP;
        record.report = report;
        record.reportMs = node.heardMs;
        record.failedOn.set(node.name, reason);
        this.fail(record, reason, times);
      }
    }
  }
}

/** An accepted actor that is missing from a later heartbeat has ended; before that it may be on its way. */
function judgeAbsence(place: Place | undefined, { heardMs }: KnownNode): ClaimVerdict {
  return place?.acceptedMs !== undefined && heardMs > place.acceptedMs ? 'ended' : 'works';
}
