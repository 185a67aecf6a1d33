/**
 * Verifies the verification: has one reserved row at a time damaged by the sink that owns it, lets those who have to find it
 * look for it, and asks the state database whether its case has come in time. Then the row is repaired, and its case closed,
 * at once, so that the next canary may be of the same row. The same damage is done for the sweep first, then for the verifier.
 *
 * What is out stands in the state database before anything is asked of the sink: killed at any moment, the next sweeper goes
 * on with it, and no row stays wrong for longer than that takes.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import { CANARY_FINDERS } from '../../protocol/message/canary-message.ts';
import type { CanaryDetail, CanaryEnds } from '../../protocol/message/verification-status.ts';
import { listReserved } from '../../protocol/verify/reserved-row.ts';
import { Pause } from '../runtime/pause.ts';
import { type Canary, type CanaryRecord, type FinderRecord, NO_CANARY } from '../state/canary-store.ts';
import type { Case } from '../state/case.ts';
import { CanaryHunter, FOUND, type Hunt } from './canary-hunter.ts';
import type { CanaryParts } from './canary-parts.ts';
import { chooseReservedRow } from './choose-reserved-row.ts';
import { isOfCanary, isStillDamaged, latestMs } from './judge-report.ts';
import { type ReservedRow, readAtTarget } from './name-reserved-row.ts';
import { RowOwner } from './row-owner.ts';
import type { SweeperDeps } from './sweeper-deps.ts';
import { TableWatch } from './swept-table.ts';

const TURN_MS = 1_000;
/** After something that was away. */
const RETRY_MS = 5_000;

export class CanaryKeeper {
  readonly #deps: SweeperDeps;
  readonly #parts: CanaryParts;
  readonly #pause: Pause;
  readonly #watch: TableWatch;
  readonly #keys: ReturnType<typeof listReserved>;
  readonly #sinceMs: number;
  readonly #hunter: CanaryHunter;
  #record: CanaryRecord = NO_CANARY;
  /** Of the turn that failed last; undefined when the newest did not. */
  #trouble: string | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: SweeperDeps, parts: CanaryParts) {
    const { table } = parts.settings;
    this.#deps = deps;
    this.#parts = parts;
    this.#pause = new Pause(deps.clock);
    this.#watch = new TableWatch(deps.sides, table, deps.settings.tables[table]);
    this.#keys = listReserved(parts.settings);
    this.#sinceMs = deps.clock.wallMs();
    this.#hunter = new CanaryHunter(deps, parts, () => this.#readOwner());
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What is out stays so. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    this.#hunter.end();
    await this.#running;
  }

  describe(): CanaryDetail {
    const { current, by } = this.#record;
    return {
      table: this.#parts.settings.table,
      sinceMs: this.#sinceMs,
      by: { sweeper: describeEnds(by.sweeper), verifier: describeEnds(by.verifier) },
      out: current === null ? undefined : `${current.state} ${current.change}`.trimEnd(),
      reason: this.#trouble,
    };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#turn();
        this.#trouble = undefined;
        await this.#pause.wait(TURN_MS);
      } catch (error) {
        if (!this.#isStopped) {
          this.#complain(asReplicationError(error));
          await this.#pause.wait(RETRY_MS);
        }
      }
    }
  }

  /** Once for each new trouble. */
  #complain({ message }: ReplicationError): void {
    if (this.#trouble !== message) {
      this.#deps.logger.event('sweeper.canary.waiting', { reason: message });
    }
    this.#trouble = message;
  }

  async #turn(): Promise<void> {
    const { nowMs, ...record } = await this.#parts.store.load(this.#deps.pipeline);
    this.#record = record;
    const { current, plannedMs, turn } = record;
    if (current === null) {
      // What the one had to find, the other has to find as well.
      const isFirst = turn % CANARY_FINDERS.length === 0;
      if (!isFirst || nowMs - (plannedMs ?? 0) >= this.#parts.settings.every) {
        await this.#plan(nowMs);
      }
      return;
    }
    switch (current.state) {
      case 'planned':
        return await this.#plant(current, true);
      case 'planted':
        return await this.#find(current, nowMs);
      case 'found':
      case 'missed':
      case 'unjudged':
        return await this.#restore(current);
      default:
        return unreachable(current.state);
    }
  }

  async #plan(nowMs: number): Promise<void> {
    const { turn } = this.#record;
    const by = CANARY_FINDERS[turn % CANARY_FINDERS.length] ?? 'sweeper';
    const reserved = await this.#chooseRow();
    const planned: Canary = { ...reserved, by, state: 'planned', change: '', plannedMs: nowMs, plantedMs: null };
    await this.#save({ turn: turn + 1, current: planned });
    await this.#plant(planned, false);
  }

  async #chooseRow(): Promise<ReservedRow> {
    const { sides, settings } = this.#deps;
    const first = roundOf(this.#record.turn) % this.#keys.length;
    return await chooseReservedRow({
      sides,
      table: await this.#watch.read(),
      owner: await this.#readOwner(),
      marker: settings.marker,
      keys: [...this.#keys.slice(first), ...this.#keys.slice(0, first)],
      findCase: (row) => this.#findCase(row),
    });
  }

  /** @param isAgain it was asked for before, and may have been done */
  async #plant(planned: Canary, isAgain: boolean): Promise<void> {
    const { desk } = this.#parts;
    const { row, columns, partition } = planned;
    const answer = await desk.damage(partition, { row, columns, turn: roundOf(this.#record.turn - 1) });
    const { outcome, change, column, code, message } = answer;
    if (outcome === 'failed') {
      throw new ReplicationError(code ?? 'ERG_6102', `the sink of partition ${partition}: ${message}`);
    }
    if (outcome !== 'written' && !(outcome === 'unequal' && isAgain)) {
      await this.#drop(planned, `ERG_4108: a reserved row of ${row.table} cannot be damaged: ${message}`);
      return;
    }
    const named = change === undefined ? 'unknown' : [change, column].filter(Boolean).join(' ');
    const { nowMs } = await this.#parts.store.load(this.#deps.pipeline);
    await this.#save({ current: { ...planned, state: 'planted', change: named, plantedMs: nowMs } });
    this.#deps.logger.event('sweeper.canary.planted', fieldsOf({ ...planned, change: named }));
  }

  async #find(planted: Canary, nowMs: number): Promise<void> {
    const leftMs = Math.max(0, latestMs(planted, this.#parts.withinMs) - nowMs);
    const startedMs = this.#deps.clock.monotonicMs();
    const hunt = (await this.#isReported(planted, false)) ? FOUND : await this.#hunter.hunt(planted, { nowMs, leftMs });
    if (this.#isStopped) {
      return;
    }
    const tookMs = Math.round(this.#deps.clock.monotonicMs() - startedMs); // the store keeps whole ones
    if (await this.#isReported(planted, hunt.hasReported)) {
      await this.#end({ ...planted, state: 'found' }, { foundMs: nowMs + tookMs, reason: null });
    } else if (hunt.isOver || tookMs >= leftMs) {
      await this.#judge(planted, hunt, nowMs + tookMs);
    }
  }

  /** It was not reported: whoever should have done so does not see, unless something else explains it. */
  async #judge(planted: Canary, hunt: Hunt, nowMs: number): Promise<void> {
    const { change, row, by } = planted;
    const what = `${change} in a row of ${row.table} on ${row.shard}`;
    const why = hunt.excuse ?? (await this.#findHealing(planted));
    if (why === undefined) {
      const reason = `ERG_4107: ${what} was not reported by the ${by}${this.#describeMiss(hunt)}`;
      await this.#end({ ...planted, state: 'missed' }, { missedMs: nowMs, reason });
    } else {
      await this.#end({ ...planted, state: 'unjudged' }, { reason: `ERG_4109: ${what}: ${why}` });
    }
  }

  #describeMiss({ isOver, waits }: Hunt): string {
    const seconds = Math.round(this.#parts.withinMs / 1_000);
    const waited = waits === undefined ? '' : `; the look for it waits: ${waits}`;
    return isOver ? `: ${waits}` : ` within ${seconds} s${waited}`;
  }

  /** @returns why there is nothing more to find; undefined when there is */
  async #findHealing(planted: Canary): Promise<string | undefined> {
    try {
      const image = await readAtTarget(await this.#watch.read(), planted.row);
      const isDamaged = isStillDamaged(planted, image, this.#deps.settings.marker);
      return isDamaged ? undefined : 'something else has written the row meanwhile';
    } catch (error) {
      return asReplicationError(error).message;
    }
  }

  async #end(ended: Canary, ends: Partial<FinderRecord>): Promise<void> {
    await this.#save({ current: ended, by: this.#endsOf(ended, ends) });
    const { state } = ended;
    if (state === 'found' || state === 'missed' || state === 'unjudged') {
      this.#deps.logger.event(`sweeper.canary.${state}`, { ...fieldsOf(ended), reason: ends.reason ?? undefined });
    }
    await this.#restore(ended);
  }

  async #restore(ended: Canary): Promise<void> {
    const { partition, row } = ended;
    const { desk } = this.#parts;
    const { outcome, code, message } = await desk.repair(partition, row);
    if (outcome === 'moving' || outcome === 'failed') {
      throw new ReplicationError(code ?? 'ERG_5205', `a reserved row is not repaired yet: ${outcome} ${message}`);
    }
    if (outcome === 'extra' || outcome === 'refused') {
      await this.#drop(ended, `ERG_4108: a reserved row is left as it is: ${outcome} ${message}`);
      return;
    }
    await this.#giveVersionBack(ended);
    const known = await this.#findCase({ row });
    if (known !== undefined && known.state !== 'closed') {
      await desk.clear(known.partition, row, String(known.offset));
    }
    await this.#save({ current: null });
  }

  /** Without it a verifier that reads the record of the row again takes that for superseded by the repair. */
  async #giveVersionBack({ partition, row, columns, version }: Canary): Promise<void> {
    if (version !== null) {
      const { outcome, code, message } = await this.#parts.desk.giveBack(partition, { row, columns, version });
      if (outcome === 'failed') {
        throw new ReplicationError(code ?? 'ERG_6102', `the sink of partition ${partition}: ${message}`);
      }
    }
  }

  /** The next one is tried when it is due. */
  async #drop(dropped: Canary, reason: string): Promise<void> {
    await this.#save({ current: null, by: this.#endsOf(dropped, { reason }) });
    this.#deps.logger.event('sweeper.canary.waiting', { reason });
  }

  #endsOf({ by }: Canary, ends: Partial<FinderRecord>): CanaryRecord['by'] {
    return { ...this.#record.by, [by]: { ...this.#record.by[by], ...ends } };
  }

  async #isReported(planted: Canary, hasReported: boolean): Promise<boolean> {
    return isOfCanary(await this.#findCase(planted), planted, { withinMs: this.#parts.withinMs, hasReported });
  }

  async #findCase({ row }: Pick<Canary, 'row'>): Promise<Case | undefined> {
    const [known] = await this.#parts.cases.findNewest(this.#deps.pipeline, [row]);
    return known;
  }

  async #readOwner(): Promise<RowOwner> {
    return new RowOwner(this.#deps.recordKeys, await this.#deps.readPartitionCount());
  }

  async #save(changes: Partial<CanaryRecord>): Promise<void> {
    const { pipeline, placeEpoch } = this.#deps;
    const plannedMs = changes.current?.plannedMs ?? this.#record.plannedMs;
    const record = { ...this.#record, plannedMs, ...changes };
    await this.#parts.store.save({ pipeline, placeEpoch }, record);
    this.#record = record;
  }
}

/** Each finder has to find the same damage of the same row. */
function roundOf(turn: number): number {
  return Math.floor(turn / CANARY_FINDERS.length);
}

function fieldsOf({ row, change, by }: Canary) {
  return { table: row.table, shard: row.shard, change, by };
}

function describeEnds({ foundMs, missedMs, reason }: FinderRecord): CanaryEnds {
  return { foundMs: foundMs ?? undefined, missedMs: missedMs ?? undefined, reason: reason ?? undefined };
}
