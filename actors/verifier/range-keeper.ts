/**
 * The changes that could not be verified, as ranges of offsets per shard and table. What goes into a range settles only when
 * the range is stored: no offset is committed past a change that is neither verified nor known to be unverified.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { UnverifiedDetail } from '../../protocol/message/verification-status.ts';
import { Pause } from '../runtime/pause.ts';
import type { UnverifiedRange, UnverifiedRangeStore } from '../state/unverified-range.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { chooseRangeToGrow, chooseRangeToRead, type KnownRange, type RangeSituation } from './choose-range.ts';
import { type NameRoom, SetAside } from './set-aside.ts';
import type { TargetPlace } from './sink-view.ts';
import type { Check } from './verifier-progress.ts';

export interface RangeKeeperOptions {
  readonly pipeline: string;
  readonly partition: number;
  readonly topicEpoch: number;
  /** Begins the ids of its ranges: nobody else's begin so. */
  readonly idPrefix: string;
  readonly store: UnverifiedRangeStore;
  /** What was noted is stored. */
  readonly onSaved: (checks: readonly Check[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

export interface KeptRange extends KnownRange {
  /** What is counted as unchecked because of it. */
  readonly aside: SetAside;
  range: UnverifiedRange;
  isBeingRead: boolean;
  isSaved: boolean;
  tryAtMs: number;
  /** Readings in a row after which something of it was still not verified. */
  failures: number;
}

/** How much of a change, and why, cannot be verified. */
export interface Unverified extends TargetPlace {
  readonly from: number;
  readonly to: number;
  readonly error: ReplicationError;
  /** Default true; see UnverifiedRange. */
  readonly isReadable?: boolean;
}

const RETRY_MS = 5_000;
const RETRY_MOST_MS = 300_000;
const MAX_REASON = 512;
const MOST_DESCRIBED = 50;
/** About 150 bytes each. */
const MOST_NAMES = 100_000;

export class RangeKeeper {
  readonly #options: RangeKeeperOptions;
  readonly #pause: Pause;
  #ranges: KeptRange[] = [];
  #noted: Check[] = [];
  #removed: UnverifiedRange[] = [];
  readonly #room: NameRoom = { left: MOST_NAMES };
  #nextId = 0;
  #saving: Promise<void> | undefined;
  #blocked: string | undefined;
  #givenUp = 0;
  #isStopped = false;

  constructor(options: RangeKeeperOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Why nothing can be stored now. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** Ranges that a person has given up: nobody verifies them any more, and they are not verified. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** @throws ReplicationError ERG_5001 */
  async load(): Promise<void> {
    const { store, pipeline, partition } = this.#options;
    const stored = await store.load(pipeline, partition);
    this.#ranges = stored.map((range) => {
      const now = this.#asOfNow(range);
      return { ...NEW, aside: new SetAside(this.#room), range: now, isSaved: now === range };
    });
    this.#givenUp = await store.countGivenUp(pipeline, partition);
    this.#save();
  }

  /** Ranges that are not verified. */
  get count(): number {
    return this.#ranges.length;
  }

  /** Those that a person has to see first. */
  describe(): readonly UnverifiedDetail[] {
    const byUrgency = this.#ranges.toSorted(
      ({ range: one }, { range: other }) =>
        Number(one.isReadable) - Number(other.isReadable) || one.sinceMs - other.sinceMs,
    );
    return byUrgency.slice(0, MOST_DESCRIBED).map(({ range }) => ({
      shard: range.shard,
      table: range.table ?? undefined,
      fromOffset: String(range.from),
      toOffset: String(range.to),
      reason: range.reason,
      sinceMs: range.sinceMs,
      isReadable: range.isReadable,
    }));
  }

  /** Settles the checks as soon as it is stored. @returns the range */
  note(place: Unverified, checks: readonly Check[]): KeptRange {
    const kept = this.#grow(place) ?? this.#add(place);
    kept.isSaved = false;
    this.#noted.push(...checks);
    this.#save();
    return kept;
  }

  chooseNext(situation: RangeSituation): KeptRange | undefined {
    return this.#isStopped ? undefined : chooseRangeToRead(this.#ranges, situation);
  }

  /** All below the offset has been looked at again. */
  shorten(kept: KeptRange, from: number): void {
    if (from > kept.range.from && from <= kept.range.to) {
      kept.range = { ...kept.range, from };
      kept.aside.shorten();
      kept.isSaved = false;
      this.#save();
    }
  }

  /** All of it has been looked at again; what could not be verified even so has been noted anew. */
  remove(kept: KeptRange): void {
    this.#ranges = this.#ranges.filter((one) => one !== kept);
    this.#removed.push(kept.range);
    this.#save();
  }

  /** It could not be read. @param isGone its records are not there any more */
  postpone(kept: KeptRange, error: ReplicationError, isGone: boolean): void {
    kept.isBeingRead = false;
    kept.failures += 1;
    kept.tryAtMs = this.#options.clock.monotonicMs() + delayAfter(kept.failures);
    if (isGone) {
      kept.range = { ...kept.range, reason: cut(error.message), isReadable: false };
      kept.isSaved = false;
      kept.aside.dropNames();
      this.#save();
    }
  }

  /** What was noted out of it while it was read is not tried at once again. */
  inherit(kept: KeptRange, from: KeptRange): void {
    kept.failures = Math.max(kept.failures, from.failures + 1);
    kept.tryAtMs = this.#options.clock.monotonicMs() + delayAfter(kept.failures);
    kept.range = { ...kept.range, sinceMs: Math.min(kept.range.sinceMs, from.range.sinceMs) };
  }

  /** Ranges that are not read again are gone when a person has given them up. @throws ReplicationError ERG_5001 */
  async review(): Promise<void> {
    const { store, pipeline, partition } = this.#options;
    const known = new Set(
      this.#ranges.filter(({ range, isSaved }) => !range.isReadable && isSaved).map(({ range }) => range),
    );
    if (known.size > 0) {
      const ids = new Set((await store.load(pipeline, partition)).map(({ id }) => id));
      // What has grown meanwhile is another range, which nobody has given up.
      this.#ranges = this.#ranges.filter(({ range }) => !known.has(range) || ids.has(range.id));
    }
    this.#givenUp = await store.countGivenUp(pipeline, partition);
  }

  /** Resolves when what was noted is stored. */
  async flush(): Promise<void> {
    while (!this.#isStopped && this.#saving !== undefined) {
      await this.#saving;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#saving;
  }

  /** At the offsets of a topic that was re-created stand other records now. */
  #asOfNow(range: UnverifiedRange): UnverifiedRange {
    const { topicEpoch } = this.#options;
    if (range.topicEpoch === topicEpoch) {
      return range;
    }
    const error = new ReplicationError(
      'ERG_4001',
      `its records are of topicEpoch ${range.topicEpoch}, not ${topicEpoch}`,
    );
    return range.isReadable ? { ...range, reason: cut(error.message), isReadable: false } : range;
  }

  /** Never that of another verifier: one that still reads it again removes it as it was, and what it got since with it. */
  #grow(place: Unverified): KeptRange | undefined {
    const own = this.#ranges.filter(({ range }) => range.id.startsWith(`${this.#options.idPrefix}.`));
    const kept = chooseRangeToGrow(own, place, { isReadable: true, ...place });
    if (kept !== undefined) {
      const { range } = kept;
      kept.range = {
        ...range,
        from: Math.min(range.from, place.from),
        to: Math.max(range.to, place.to),
        reason: cut(place.error.message),
      };
    }
    return kept;
  }

  #add({ shard, table, from, to, error, isReadable = true }: Unverified): KeptRange {
    const { pipeline, partition, topicEpoch, idPrefix, clock, logger } = this.#options;
    const id = `${idPrefix}.${this.#nextId}`;
    const reason = cut(error.message);
    const own = { pipeline, partition, topicEpoch };
    const range = { id, ...own, shard, table, from, to, reason, sinceMs: clock.wallMs(), isReadable };
    const kept = { ...NEW, aside: new SetAside(this.#room), range };
    if (!isReadable) {
      kept.aside.dropNames();
    }
    this.#nextId += 1;
    this.#ranges.push(kept);
    logger.event('verifier.range.noted', { shard, table: table ?? undefined, from, reason });
    return kept;
  }

  #save(): void {
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined;
      if (!this.#isStopped && this.#isDirty()) {
        this.#save();
      }
    });
  }

  #isDirty(): boolean {
    return this.#noted.length > 0 || this.#removed.length > 0 || this.#ranges.some(({ isSaved }) => !isSaved);
  }

  async #saveAll(): Promise<void> {
    const { store, random, logger } = this.#options;
    await undefined; // what is noted in the same moment is stored together
    for (let failures = 0; !this.#isStopped && this.#isDirty(); ) {
      const fresh = this.#ranges.filter(({ isSaved }) => !isSaved).map((kept) => ({ kept, range: kept.range }));
      const [noted, removed] = [this.#noted, this.#removed];
      [this.#noted, this.#removed] = [[], []];
      try {
        await store.save(fresh.map(({ range }) => range));
        await store.remove(removed);
        failures = 0;
        this.#blocked = undefined;
        this.#settle(fresh, noted);
      } catch (error) {
        [this.#noted, this.#removed] = [
          [...noted, ...this.#noted],
          [...removed, ...this.#removed],
        ];
        const delayMs = reconnectDelayMs(failures, random());
        this.#blocked = asReplicationError(error).message;
        logger.event('verifier.range.unsaved', { reason: this.#blocked, delayMs });
        failures += 1;
        await this.#pause.wait(delayMs);
      }
    }
  }

  #settle(fresh: readonly { kept: KeptRange; range: UnverifiedRange }[], noted: readonly Check[]): void {
    for (const { kept, range } of fresh) {
      kept.isSaved = kept.range === range;
    }
    this.#options.onSaved(noted);
  }
}

const NEW = { isBeingRead: false, isSaved: false, tryAtMs: Number.NEGATIVE_INFINITY, failures: 0 };

function delayAfter(failures: number): number {
  return Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(failures - 1, 10));
}

function cut(text: string): string {
  return text.slice(0, MAX_REASON);
}
