/**
 * Verifies the verification: has one reserved row at a time damaged by the sink that owns it, lets the sweep of this very
 * row look for it, and asks the state database whether its case has come in time. Then the row is repaired, and its case
 * closed, at once, so that the next canary may be of the same row.
 *
 * What is out stands in the state database before anything is asked of the sink: killed at any moment, the next sweeper goes
 * on with it, and no row stays wrong for longer than that takes.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { CanaryDetail } from '../../protocol/message/verification-status.ts';
import { listReserved } from '../../protocol/verify/reserved-row.ts';
import { Pause } from '../runtime/pause.ts';
import { type Canary, type CanaryRecord, NO_CANARY } from '../state/canary-store.ts';
import type { Case } from '../state/case.ts';
import { CanaryLook } from './canary-look.ts';
import type { CanaryParts } from './canary-parts.ts';
import { nameReservedRow, type ReservedRow } from './name-reserved-row.ts';
import { RowOwner } from './row-owner.ts';
import type { SweeperDeps } from './sweeper-deps.ts';
import { TableWatch } from './swept-table.ts';

const TURN_MS = 1_000;
/** After something that was away. */
const RETRY_MS = 5_000;
/** Of the reserved rows, for one that is free. */
const MAX_TRIES = 10;

export class CanaryKeeper {
  readonly #deps: SweeperDeps;
  readonly #parts: CanaryParts;
  readonly #pause: Pause;
  readonly #watch: TableWatch;
  readonly #keys: ReturnType<typeof listReserved>;
  readonly #sinceMs: number;
  #record: CanaryRecord = NO_CANARY;
  /** Of the turn that failed last; undefined when the newest did not. */
  #trouble: string | undefined;
  #look: CanaryLook | undefined;
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
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What is out stays so. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    this.#look?.end();
    await this.#running;
  }

  describe(): CanaryDetail {
    const { current, foundMs, missedMs, reason } = this.#record;
    return {
      table: this.#parts.settings.table,
      sinceMs: this.#sinceMs,
      foundMs: foundMs ?? undefined,
      missedMs: missedMs ?? undefined,
      out: current === null ? undefined : `${current.state} ${current.change}`.trimEnd(),
      reason: this.#trouble ?? reason ?? undefined,
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
    const { current, plannedMs } = record;
    if (current === null) {
      if (nowMs - (plannedMs ?? 0) >= this.#parts.settings.every) {
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
        return await this.#restore(current);
      default:
        return unreachable(current.state);
    }
  }

  async #plan(nowMs: number): Promise<void> {
    const reserved = await this.#chooseRow();
    const planned: Canary = { ...reserved, state: 'planned', change: '', plannedMs: nowMs, plantedMs: null };
    await this.#save({ turn: this.#record.turn + 1, current: planned });
    await this.#plant(planned, false);
  }

  /** The next one that is free. @throws ReplicationError ERG_4108 when none is */
  async #chooseRow(): Promise<ReservedRow> {
    const table = await this.#watch.read();
    const owner = await this.#readOwner();
    let lacking = new ReplicationError('ERG_4108', 'no row is reserved');
    for (let tries = 0; tries < Math.min(MAX_TRIES, this.#keys.length); tries += 1) {
      const key = this.#keys[(this.#record.turn + tries) % this.#keys.length] ?? [];
      try {
        const reserved = await nameReservedRow(this.#deps.sides, { table, owner }, key);
        const known = await this.#findCase(reserved);
        if (known === undefined || known.state === 'closed') {
          return reserved;
        }
        lacking = new ReplicationError('ERG_4108', `case ${known.id} of a reserved row is open`);
      } catch (error) {
        lacking = asLacking(error);
      }
    }
    throw lacking;
  }

  /** @param isAgain it was asked for before, and may have been done */
  async #plant(planned: Canary, isAgain: boolean): Promise<void> {
    const { desk } = this.#parts;
    const { row, columns, partition } = planned;
    const answer = await desk.damage(partition, { row, columns, turn: this.#record.turn });
    const { outcome, change, column, code, message } = answer;
    if (outcome === 'failed') {
      throw new ReplicationError(code ?? 'ERG_6102', `the sink of partition ${partition}: ${message}`);
    }
    if (outcome !== 'written' && !(outcome === 'unequal' && isAgain)) {
      await this.#drop(`ERG_4108: a reserved row of ${row.table} cannot be damaged: ${message}`);
      return;
    }
    const named = change === undefined ? 'unknown' : [change, column].filter(Boolean).join(' ');
    const { nowMs } = await this.#parts.store.load(this.#deps.pipeline);
    await this.#save({ current: { ...planned, state: 'planted', change: named, plantedMs: nowMs } });
    this.#deps.logger.event('sweeper.canary.planted', { table: row.table, shard: row.shard, change: named });
  }

  async #find(planted: Canary, nowMs: number): Promise<void> {
    const { clock, logger } = this.#deps;
    const { plantedMs, plannedMs, change, row } = planted;
    const leftMs = Math.max(0, (plantedMs ?? plannedMs) + this.#parts.withinMs - nowMs);
    const startedMs = clock.monotonicMs();
    if (!(await this.#isReported(planted))) {
      await this.#lookFor(planted, leftMs);
    }
    if (this.#isStopped) {
      return;
    }
    const tookMs = clock.monotonicMs() - startedMs;
    const fields = { table: row.table, shard: row.shard, change };
    if (await this.#isReported(planted)) {
      const found: Canary = { ...planted, state: 'found' };
      await this.#save({ current: found, foundMs: nowMs + tookMs, reason: null });
      logger.event('sweeper.canary.found', fields);
      await this.#restore(found);
    } else if (tookMs >= leftMs) {
      const missed: Canary = { ...planted, state: 'missed' };
      const reason = this.#describeMiss(planted);
      await this.#save({ current: missed, missedMs: nowMs + tookMs, reason });
      logger.event('sweeper.canary.missed', { ...fields, reason });
      await this.#restore(missed);
    }
  }

  #describeMiss({ change, row }: Canary): string {
    const seconds = Math.round(this.#parts.withinMs / 1_000);
    const trouble = this.#look?.trouble;
    const waited = trouble === undefined ? '' : `; the look for it waits: ${trouble}`;
    return `ERG_4107: ${change} in a row of ${row.table} on ${row.shard} was not reported within ${seconds} s${waited}`;
  }

  async #lookFor({ row }: Canary, leftMs: number): Promise<void> {
    const look = new CanaryLook({ deps: this.#deps, owner: await this.#readOwner(), row, limitMs: leftMs });
    this.#look = look;
    await look.run();
  }

  async #restore({ partition, row }: Canary): Promise<void> {
    const { outcome, code, message } = await this.#parts.desk.repair(partition, row);
    if (outcome === 'moving' || outcome === 'failed') {
      throw new ReplicationError(code ?? 'ERG_5205', `a reserved row is not repaired yet: ${outcome} ${message}`);
    }
    if (outcome === 'extra' || outcome === 'refused') {
      await this.#drop(`ERG_4108: a reserved row is left as it is: ${outcome} ${message}`);
      return;
    }
    const known = await this.#findCase({ row });
    if (known !== undefined && known.state !== 'closed') {
      await this.#parts.desk.clear(known.partition, row, String(known.offset));
    }
    await this.#save({ current: null });
  }

  /** The next one is tried when it is due. */
  async #drop(reason: string): Promise<void> {
    await this.#save({ current: null, reason });
    this.#deps.logger.event('sweeper.canary.waiting', { reason });
  }

  /** In time: a report that came later is none. */
  async #isReported(planted: Canary): Promise<boolean> {
    const { plannedMs, plantedMs } = planted;
    const known = await this.#findCase(planted);
    const latestMs = (plantedMs ?? plannedMs) + this.#parts.withinMs;
    return known !== undefined && known.firstSeenMs >= plannedMs && known.firstSeenMs <= latestMs;
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

/** Of one row; others may do. */
function asLacking(thrown: unknown): ReplicationError {
  const error = asReplicationError(thrown);
  if (error.class === 'configuration' || error.class === 'row') {
    return error;
  }
  throw error;
}
