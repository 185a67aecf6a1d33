/**
 * The shards of a target while a sink starts: one that is away does not keep the sink from starting for the others, once it
 * is known from where it would have to be made up for.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { checkToldForms } from '../route/column-forms.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { CommitNote } from '../stream/parked-scope.ts';
import type { FenceOwner, FenceTaken } from '../target/target-shard.ts';
import { isOfShard } from './choose-parking.ts';
import { type AwayScope, type LeftOut, planStart } from './plan-start.ts';
import type { SinkDeps } from './sink-deps.ts';

/** A shard that is away for so long is left out, when others are there. Guess. */
const START_WITHOUT_MS = 5_000;

export class StartShards {
  readonly #deps: SinkDeps;
  readonly #owner: FenceOwner;
  readonly #catalogs: readonly ShardCatalog[];
  readonly #away = new Map<number, ReplicationError>();
  /** Monotonic, ms. */
  #awaySinceMs: number | undefined;
  #needsAll = false;

  constructor(deps: SinkDeps, catalogs: readonly ShardCatalog[], owner: FenceOwner) {
    this.#deps = deps;
    this.#owner = owner;
    this.#catalogs = catalogs;
  }

  /** @throws ReplicationError also ERG_1018, when a value of a foreign format would have to be guessed */
  async readTables(): Promise<void> {
    await this.reach((shard) => this.#catalogs[shard]?.renew());
    checkToldForms(this.#deps.settings, this.#catalogs);
  }

  /**
   * Does it for each shard that is there. Shards that are away for long are left out from then on, unless all are.
   * @returns answers by shard; undefined for a shard that is left out
   */
  async reach<T>(work: (shard: number) => Promise<T> | undefined): Promise<readonly (T | undefined)[]> {
    const { shards, clock } = this.#deps;
    const answers = await Promise.allSettled(
      shards.map(async ({ name }, shard) => {
        if (this.#away.has(shard)) {
          return undefined;
        }
        await this.#throwIfHeld(name);
        return await work(shard);
      }),
    );
    const failed = answers.flatMap((answer, shard) =>
      answer.status === 'rejected' ? [{ shard, error: asReplicationError(answer.reason) }] : [],
    );
    const first = failed.find(({ error }) => !isOfShard(error.code)) ?? failed[0]; // who must not go on is told so
    if (first !== undefined) {
      this.#awaySinceMs ??= clock.monotonicMs();
      const isLong = clock.monotonicMs() - this.#awaySinceMs >= START_WITHOUT_MS;
      const areOthers = !this.#needsAll && this.#away.size + failed.length < shards.length;
      if (!isLong || !areOthers || !isOfShard(first.error.code)) {
        throw first.error;
      }
      for (const { shard, error } of failed) {
        this.#away.set(shard, error);
      }
    }
    return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  }

  takeFences(): Promise<readonly (FenceTaken | undefined)[]> {
    return this.reach((shard) => this.#deps.shards[shard]?.takeFence(this.#owner));
  }

  /** Its breaker is open, perhaps by hand: it is to be left alone. */
  async #throwIfHeld(shard: string): Promise<void> {
    const gate = this.#deps.gateOf?.(shard);
    await gate?.known;
    if (gate?.refusal !== undefined) {
      throw gate.refusal;
    }
  }

  /** From now on all shards are needed. @throws ReplicationError when one is not there */
  async reachAll(): Promise<void> {
    await Promise.all(this.#catalogs.map((catalog) => catalog.renew()));
    checkToldForms(this.#deps.settings, this.#catalogs);
    await Promise.all([...this.#away.keys()].map((shard) => this.#deps.shards[shard]?.takeFence(this.#owner)));
    this.#away.clear();
    this.#needsAll = true;
  }

  #listUnusable(): readonly AwayScope[] {
    return this.#catalogs.flatMap(({ unusable, shard }, index) =>
      this.#away.has(index)
        ? []
        : [...unusable].map(([table, { message }]) => ({ shard: shard.name, table, reason: message })),
    );
  }

  /** What is left out from the start. @throws ReplicationError ERG_3402 while nothing could be written */
  async plan(note: CommitNote, start: bigint): Promise<readonly LeftOut[]> {
    const leftOut = this.#plan(note, start);
    if (leftOut !== undefined) {
      return leftOut;
    }
    await this.reachAll();
    const again = this.#plan(note, start);
    if (again === undefined) {
      const reasons = this.#listUnusable().map(({ shard, reason }) => `${shard}: ${reason}`);
      throw new ReplicationError('ERG_3402', `expected a table that can be written; ${reasons.join('; ')}`);
    }
    return again;
  }

  #plan(note: CommitNote, start: bigint): readonly LeftOut[] | undefined {
    const { shards, settings } = this.#deps;
    const unusable = this.#listUnusable();
    const away = [...this.#away].map(([shard, { message }]) => ({
      shard: shards[shard]?.name ?? '',
      table: null,
      reason: message,
    }));
    const tables = (shards.length - this.#away.size) * Object.keys(settings.tables).length;
    return unusable.length < tables ? planStart(note, Number(start), [...away, ...unusable]) : undefined;
  }
}
