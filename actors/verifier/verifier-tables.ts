/** The tables of the shards, as a verifier needs them: what it cannot learn of one shard must not hold up the others. */
import { passKnownGate } from '../breaker/pass-gate.ts';
import type { GuardFunc, ShardCatalog } from '../route/shard-catalog.ts';
import type { Repeats } from '../runtime/repeats.ts';
import type { VerifierDeps } from './verifier-deps.ts';

const REFRESH_MS = 60_000;
/** Of a shard that has shown none yet. */
const REREAD_MS = 5_000;

/** A shard that is away, or hangs, is left alone and found to be so also while it is asked for nothing but its tables. */
export function guardTables({ gateOf, clock }: Pick<VerifierDeps, 'gateOf' | 'clock'>): (shard: string) => GuardFunc {
  return (shard) => {
    const gate = gateOf?.(shard);
    return (ask) => (gate === undefined ? ask() : passKnownGate(gate, clock, ask));
  };
}

export class VerifierTables {
  readonly catalogs: readonly ShardCatalog[];
  readonly #read = new Set<ShardCatalog>();

  constructor(catalogs: readonly ShardCatalog[]) {
    this.catalogs = catalogs;
  }

  /** Those of at least one shard. @throws ReplicationError when there is none */
  async read(): Promise<void> {
    const failure = await this.#renew(this.catalogs);
    if (this.#read.size === 0 && failure !== undefined) {
      throw failure.reason;
    }
  }

  /** @param mayAsk false of a shard whose breaker is open: it is left alone */
  follow(repeats: Repeats, mayAsk: (shard: string) => boolean): void {
    const asked = () => this.catalogs.filter(({ shard }) => mayAsk(shard.name));
    for (const catalog of this.catalogs) {
      catalog.follow();
    }
    repeats.every('tables', REFRESH_MS, async () => {
      await this.#renew(asked());
    });
    repeats.every('unread tables', REREAD_MS, async () => {
      await this.#renew(asked().filter((catalog) => !this.#read.has(catalog)));
    });
  }

  [Symbol.dispose](): void {
    for (const catalog of this.catalogs) {
      catalog[Symbol.dispose]();
    }
  }

  async #renew(catalogs: readonly ShardCatalog[]): Promise<PromiseRejectedResult | undefined> {
    const renewed = await Promise.allSettled(
      catalogs.map(async (catalog) => {
        await catalog.renew();
        this.#read.add(catalog);
      }),
    );
    return renewed.find((one) => one.status === 'rejected');
  }
}
