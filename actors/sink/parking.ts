/**
 * Leaves out what cannot be written, so that the rest goes on, and makes up for it later (ADR 0015).
 *
 * What is left out is no store of changes but an offset: Kafka is the buffer, and memory stays as it is. The lanes let go of
 * what they hold for the scope, its changes settle without being written, and "left out from offset X" is noted with every
 * commit. When the scope can be written again, a second reader starts at X (catch-up.ts). As soon as it has routed as much
 * as the sink, the sink takes the scope back; the two share the lanes, so the order of the log is kept. Restarted at any
 * moment, the sink finds in the note from where the scope has to be made up for; what is written again is passed over by the
 * guard.
 *
 * All scopes that are left out at a time begin at the lowest of their offsets: a row may have moved from one to another. What
 * is left out later begins there too, and neither the sink nor a catch-up is ever below it.
 */
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ParkedDetail } from '../../protocol/message/actor-status.ts';
import type { RecordRouter } from '../route/record-router.ts';
import type { Reach } from '../route/select-taken.ts';
import type { TableRoute } from '../route/table-route.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import { isNoteFit, type ParkedScope } from '../stream/parked-scope.ts';
import type { CatchUp } from './catch-up.ts';
import { chooseParking, covers, type ParkingChoice, type Scope } from './choose-parking.ts';
import { IntakeHold } from './intake-hold.ts';
import {
  commitTimeOf,
  currentScope,
  describePlace,
  isAway,
  isIn,
  lowestStart,
  nextTryDelayMs,
  type ParkedPlace,
  startOf,
} from './parked-place.ts';
import type { ParkingOptions } from './parking-options.ts';
import type { LeftOut } from './plan-start.ts';

/** A scope that has just come back, or that makes the intake wait, is given up sooner. Guess. */
const SHORT_PATIENCE_MS = 5_000;
/** So near that the sink can wait for the catch-up to draw level. */
const NEAR_RECORDS = 1_000;

export class Parking {
  readonly #options: ParkingOptions;
  #places: ParkedPlace[];
  readonly #hold: IntakeHold;
  /** Catch-ups that leave their consumer group: two of one sink would contend for the partition. */
  #leaving: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(options: ParkingOptions, parked: readonly LeftOut[]) {
    this.#options = options;
    this.#hold = new IntakeHold(options.clock, options.onChanged);
    this.#places = parked.map(({ scope, reason }) =>
      this.#place(options.shards.indexOf(scope.shard), scope, { reason, failures: 0 }),
    );
  }

  /** Nothing is left out. */
  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** The sink takes nothing for a moment, so that a catch-up can draw level. */
  get holdsIntake(): boolean {
    return this.#hold.isHeld;
  }

  /** To be noted with the offset of the sink. */
  get scopes(): readonly ParkedScope[] {
    return this.#places.map(currentScope);
  }

  describe(): readonly ParkedDetail[] {
    return this.#places.map(describePlace);
  }

  /** For the sink. */
  reachOf(shard: number, table: string): Reach {
    return this.#places.some((place) => place.state !== 'level' && isIn(place, shard, table)) ? 'nobody' : 'own';
  }

  /** What a lane holds for it is read again later. */
  isDropped(shard: number, table: string | null): boolean {
    return this.#places.some((place) => isAway(place) && isIn(place, shard, table));
  }

  /** Once a second: leaves out what is in trouble for too long, and tries what was left out. */
  look(): void {
    const { listTroubles, clock } = this.#options;
    for (const choice of chooseParking(listTroubles(), {
      nowMs: clock.monotonicMs(),
      patienceMs: (scope) => this.#patienceFor(scope),
      written: this.#listWritten(),
    })) {
      if (this.isDropped(choice.shard, choice.table)) {
        this.#options.dropLeftOut(choice.shard); // a write from before is still under way, or came back to its lane
      } else {
        this.#park(choice);
      }
    }
    this.#startNext();
  }

  /** A table must not be written as it is now; also when nothing else is left, since its changes could not even be read right. */
  leaveOut(shard: number, table: string, { message: reason }: ReplicationError): void {
    if (!this.isDropped(shard, table)) {
      this.#park({ shard, table, reason });
    }
  }

  /** A shard may be back. */
  hurry(shard: number): void {
    for (const place of this.#places) {
      if (place.shard === shard) {
        place.tryAtMs = 0;
      }
    }
    this.#startNext();
  }

  /** The sink has routed more, or something is settled. */
  advance(): void {
    const { ledger } = this.#options;
    for (const place of this.#places) {
      if (Number.isNaN(place.scope.commitTimeMs) && place.scope.from < ledger.watermark + ledger.gap) {
        place.scope = { ...place.scope, commitTimeMs: commitTimeOf(ledger) }; // what it lacks begins with what was just read
      }
      place.catchUp?.afterSettling();
      this.#drawLevel(place);
      this.#finish(place);
    }
  }

  /** Of the catch-up with this ledger; undefined when it was given up. */
  routerOf(ledger: OffsetLedger): RecordRouter | undefined {
    return this.#places.find(({ catchUp }) => catchUp?.ledger === ledger)?.catchUp?.router;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#hold.release();
    await Promise.allSettled([this.#leaving, ...this.#places.map(({ catchUp }) => catchUp?.stop())]);
  }

  #patienceFor(scope: Scope): number {
    const { parkAfterMs, isPressed } = this.#options;
    const isBack = this.#places.some((place) => covers(place, scope) || covers(scope, place));
    return isBack || isPressed() ? Math.min(SHORT_PATIENCE_MS, parkAfterMs) : parkAfterMs;
  }

  #listWritten(): readonly { readonly shard: number; readonly table: string }[] {
    const { shards, tables } = this.#options;
    return shards
      .flatMap((_, shard) => tables.map((table) => ({ shard, table })))
      .filter(({ shard, table }) => !this.isDropped(shard, table));
  }

  #park({ shard, table, reason }: ParkingChoice): void {
    const { shards, logger, onChanged } = this.#options;
    const scope = this.#lowestScope(shards[shard] ?? '', table);
    const others = this.#places.filter((place) => !covers({ shard, table }, place));
    const parked = [...others.map((place) => ({ ...currentScope(place), ...startOf(scope) })), scope];
    if (!isNoteFit({ position: scope.position, parked })) {
      return; // it waits, and the status says for what
    }
    const replaced = this.#places.filter((place) => !others.includes(place));
    for (const { catchUp } of replaced) {
      this.#retire(catchUp);
    }
    const failures = Math.max(0, ...replaced.map((one) => one.failures + 1));
    this.#places = [...others, this.#place(shard, scope, { reason, failures })];
    logger.event('sink.scope.parked', { shard: scope.shard, table: table ?? undefined, from: scope.from, reason });
    this.#options.dropLeftOut(shard);
    this.#hold.release();
    onChanged();
  }

  #lowestScope(shard: string, table: string | null): ParkedScope {
    return { shard, table, ...lowestStart(this.#options.ledger, this.scopes) };
  }

  #place(shard: number, scope: ParkedScope, past: Pick<ParkedPlace, 'reason' | 'failures'>): ParkedPlace {
    const sinceMs = this.#options.clock.wallMs();
    const tryAtMs = this.#options.clock.monotonicMs() + nextTryDelayMs(past.failures);
    return { shard, table: scope.table, scope, state: 'parked', catchUp: undefined, sinceMs, tryAtMs, ...past };
  }

  /** One at a time: they share the lanes, and what each does depends on what the others lack. */
  #startNext(): void {
    const { clock, refusalOf } = this.#options;
    if (this.#isStopped || this.#places.some(({ state }) => state !== 'parked')) {
      return;
    }
    const ready = this.#places.find(
      ({ shard, tryAtMs }) => shard >= 0 && tryAtMs <= clock.monotonicMs() && refusalOf(shard) === undefined,
    );
    if (ready !== undefined) {
      ready.state = 'opening';
      this.#catchUp(ready).catch((error: unknown) => this.#giveUp(ready, asReplicationError(error)));
    }
  }

  async #catchUp(place: ParkedPlace): Promise<void> {
    const { reopen, openCatchUp, logger } = this.#options;
    const { shard, table } = place;
    const [unusable] = await Promise.all([reopen(shard), this.#leaving]);
    const { scope } = place;
    if (this.#isStopped || !this.#places.includes(place)) {
      return;
    }
    const refusal = table === null ? undefined : unusable.get(table);
    if (refusal !== undefined) {
      throw refusal;
    }
    this.#leaveOutTables(place, table === null ? unusable : new Map());
    place.catchUp = openCatchUp({
      scope,
      shard,
      reachOf: (at, route) => this.#reachFrom(place, at, route),
      onProgress: () => this.advance(),
      onFailed: (error) => this.#giveUp(place, error),
    });
    place.state = 'catchingUp';
    logger.event('sink.scope.catching-up', { shard: scope.shard, table: table ?? undefined, from: scope.from });
    await place.catchUp.start();
    this.advance();
  }

  /** A shard that is back without some of its tables. @throws ReplicationError when there are too many to be noted */
  #leaveOutTables({ scope, shard }: ParkedPlace, unusable: ReadonlyMap<string, ReplicationError>): void {
    const places = [...unusable].map(([table, { message: reason }]) =>
      this.#place(shard, { ...scope, table }, { reason, failures: 0 }),
    );
    const all = [...this.#places, ...places];
    const [first] = unusable.values();
    if (first !== undefined && !isNoteFit({ position: scope.position, parked: all.map(currentScope) })) {
      throw first;
    }
    this.#places = all;
  }

  #reachFrom(place: ParkedPlace, shard: number, route: TableRoute): Reach {
    const table = route.shards[shard]?.targetTable ?? '';
    if (this.#places.some((other) => other !== place && other.state !== 'level' && isIn(other, shard, table))) {
      return 'nobody';
    }
    return isIn(place, shard, table) ? 'own' : 'others';
  }

  #giveUp(place: ParkedPlace, error: ReplicationError): void {
    if (this.#isStopped || !this.#places.includes(place) || place.state === 'parked') {
      return;
    }
    if (error.class === 'fenced' || error.class === 'bug') {
      this.#options.onFenced(error);
      return;
    }
    if (place.catchUp !== undefined) {
      place.scope = this.#lowestScope(place.scope.shard, place.table);
      place.failures += 1;
      this.#retire(place.catchUp);
    }
    place.tryAtMs =
      this.#options.clock.monotonicMs() + nextTryDelayMs(place.catchUp === undefined ? 0 : place.failures);
    place.catchUp = undefined;
    place.state = 'parked';
    place.reason = error.message;
    this.#options.dropLeftOut(place.shard);
    this.#hold.release();
    this.#options.onChanged();
  }

  #retire(catchUp: CatchUp | undefined): void {
    this.#leaving = Promise.allSettled([this.#leaving, catchUp?.stop()]);
  }

  #drawLevel(place: ParkedPlace): void {
    const { catchUp, state } = place;
    const { ledger, areLookupsIdle } = this.#options;
    if (catchUp === undefined || state !== 'catchingUp') {
      return;
    }
    if (catchUp.isLevel && areLookupsIdle()) {
      place.state = 'level';
      this.#retire(catchUp);
      this.#hold.release();
    } else if (!this.#isStopped && catchUp.isReading && ledger.watermark + ledger.gap - catchUp.next < NEAR_RECORDS) {
      this.#hold.hold();
    }
  }

  #finish(place: ParkedPlace): void {
    if (place.state === 'level' && place.catchUp?.ledger.openRecords === 0 && this.#places.includes(place)) {
      this.#places = this.#places.filter((other) => other !== place);
      this.#options.logger.event('sink.scope.caught-up', { shard: place.scope.shard, table: place.table ?? undefined });
      this.#options.onChanged();
    }
  }
}
