/**
 * The shards of a target while a sink starts: one that is away does not keep the sink from starting for the others, once it
 * is known from where it would have to be made up for.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { isOfShard } from './choose-parking.ts';
import { checkToldForms } from './column-forms.ts';
import { missingTable } from './parked-place.ts';
import type { CommitNote } from './parked-scope.ts';
import { type AwayScope, type LeftOut, planStart } from './plan-start.ts';
import type { ShardCatalog } from './shard-catalog.ts';
import type { SinkDeps } from './sink-deps.ts';

/** A shard that is away for so long is left out, when others are there. Guess. */
const START_WITHOUT_MS = 5_000;

export class StartShards {
  readonly #deps: SinkDeps;
  readonly #catalogs: readonly ShardCatalog[];
  readonly #away = new Map<number, ReplicationError>();
  /** Monotonic, ms. */
  #awaySinceMs: number | undefined;
  #needsAll = false;

  constructor(deps: SinkDeps, catalogs: readonly ShardCatalog[]) {
    this.#deps = deps;
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
        this.#throwIfHeld(name);
        return await work(shard);
      }),
    );
    const failed = answers.flatMap((answer, shard) =>
      answer.status === 'rejected' ? [{ shard, error: asReplicationError(answer.reason) }] : [],
    );
    const [first] = failed;
    if (first !== undefined) {
      this.#awaySinceMs ??= clock.monotonicMs();
      const isLong = clock.monotonicMs() - this.#awaySinceMs >= START_WITHOUT_MS;
      const areOthers = !this.#needsAll && this.#away.size + failed.length < shards.length;
      if (!isLong || !areOthers || !failed.every(({ error }) => isOfShard(error.code))) {
        throw first.error;
      }
      for (const { shard, error } of failed) {
        this.#away.set(shard, error);
      }
    }
    return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  }

  /** Its breaker is open, perhaps by hand: it is to be left alone. */
  #throwIfHeld(shard: string): void {
    const refusal = this.#deps.gateOf?.(shard).refusal;
    if (refusal !== undefined) {
      throw refusal;
    }
  }

  /** From now on all are needed. @throws ReplicationError when a shard or a table is not there */
  async reachAll(): Promise<void> {
    await Promise.all(this.#catalogs.map((catalog) => catalog.renew()));
    checkToldForms(this.#deps.settings, this.#catalogs);
    this.#away.clear();
    this.#needsAll = true;
    const missing = this.#listMissing().map(({ shard, table }) => `${shard}.${table}`);
    if (missing.length > 0) {
      throw new ReplicationError('ERG_3402', `expected these tables at the target: ${missing.join(', ')}`);
    }
  }

  #listMissing(): readonly AwayScope[] {
    return this.#catalogs.flatMap(({ missing, shard }, index) =>
      (this.#away.has(index) ? [] : missing).map((table) => ({
        shard: shard.name,
        table,
        reason: missingTable(shard.name, table).message,
      })),
    );
  }

  /** @throws ReplicationError while nothing could be written */
  async plan(note: CommitNote, start: bigint): Promise<readonly LeftOut[]> {
    const { shards, settings } = this.#deps;
    const missing = this.#listMissing();
    const away = [...this.#away].map(([shard, { message }]) => ({
      shard: shards[shard]?.name ?? '',
      table: null,
      reason: message,
    }));
    const tables = (shards.length - this.#away.size) * Object.keys(settings.tables).length;
    const leftOut = missing.length < tables ? planStart(note, Number(start), [...away, ...missing]) : undefined;
    if (leftOut === undefined) {
      await this.reachAll();
      return this.plan(note, start);
    }
    return leftOut;
  }
}
