/** A whole sink in memory, whose shards, tables, breakers, look-ups, commits and streams fail as a scenario says. */
import { Breaker } from '../../actors/breaker/breaker.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { openFailing } from './failing-stream.ts';
import { LateParent } from './late-parent.ts';
import { LeapingClock } from './leaping-clock.ts';
import { MemoryShard, passTurns } from './memory-shard.ts';
import { MemoryPartition } from './memory-stream.ts';
import { RowHistory, type RowStep } from './row-history.ts';
import { aColumn, aTable } from './sink-builders.ts';
import { aRecord } from './sink-rig.ts';

export const SHARDS = ['s0', 's1', 's2'];
/** The shards of the last one are looked up. */
export const TABLES = ['orders', 'items', 'notes'];
/** Catch-ups of a scenario that do not begin or break off. */
const MOST_BREAKS = 6;
const sellerOfNote = (id: string) => (Number(id) * 7) % SHARDS.length;

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target', shardBy: 'modulo' },
  tables: {
    orders: { shardKey: 'seller' },
    items: { shardKey: 'seller' },
    notes: { findCkey: { resolver: 'NOTES', by: 'id' } },
  },
  lanes: 2,
  batch: { minRows: 1, maxRows: 8 },
  breaker: { parkAfter: '1s' },
  lookups: { giveUpAfter: '24h' },
});

export type RigEvent =
  | { readonly kind: 'transaction'; readonly table: number; readonly steps: readonly RowStep[]; readonly turns: number }
  | { readonly kind: 'shard' | 'slow' | 'hold'; readonly shard: number; readonly turns: number }
  | { readonly kind: 'table'; readonly shard: number; readonly table: number; readonly turns: number }
  | { readonly kind: 'restart'; readonly turns: number };

export interface Scenario {
  readonly events: readonly RigEvent[];
  /** While all comes back. */
  readonly after: readonly RigEvent[];
  readonly luck: number;
  readonly unique: boolean;
  /** Of the first start: shards that are away. undefined: the partition ran before. */
  readonly awayAtFirst?: readonly number[] | undefined;
}

function buildRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export class ParkingRig implements AsyncDisposable {
  readonly shards: readonly MemoryShard[];
  readonly partition = new MemoryPartition();
  readonly histories = TABLES.map(
    (name) => new RowHistory(name, SHARDS.length, name === 'notes' ? sellerOfNote : undefined, name !== 'orders'),
  );
  /** What happened, by the names of events. */
  readonly seen = new Set<string>();
  /** Codes of what was stored as findings. */
  readonly findings = new Set<string>();
  readonly failures: string[] = [];
  /** How long each look-up takes; any time when undefined. */
  lookupTurns: number | undefined;
  /** Keys of each look-up. */
  readonly asked: (readonly string[])[] = [];
  readonly #clock = new LeapingClock();
  readonly #random: () => number;
  readonly #slow = new Set<MemoryShard>();
  readonly #breakers: readonly Breaker[];
  #placeEpoch = 0;
  #breaks = 0;
  #actor: Actor | undefined;

  constructor({ luck, unique, awayAtFirst }: Scenario) {
    this.#random = buildRandom(luck);
    const shapes = TABLES.map((name) =>
      aTable({
        name,
        columns: ['id', 'seller', 'v', 'w', aColumn('ergate_seq')],
        uniqueIndexes: unique ? [{ name: 'v', columns: ['v'] }] : [],
      }),
    );
    this.shards = SHARDS.map(
      (name) =>
        new MemoryShard(
          name,
          shapes,
          this.#fateOf(() => this.#isSlow(name)),
        ),
    );
    this.partition.maxFetchRecords = 1 + Math.floor(this.#random() * 10);
    if (awayAtFirst === undefined) {
      this.partition.committed = { offset: 0n, metadata: '' };
    }
    for (const [at, shard] of this.shards.entries()) {
      shard.isPositioned = awayAtFirst === undefined;
      shard.isAway = awayAtFirst?.includes(at) === true;
    }
    this.#breakers = this.shards.map((shard) => this.#buildBreaker(shard));
  }

  get lag(): number {
    return this.detail?.lagRecords ?? Number.NaN;
  }

  get detail(): SinkDetail | undefined {
    const detail = this.#actor?.status().detail;
    return detail?.kind === 'sink' ? detail : undefined;
  }

  open(): void {
    this.#placeEpoch += 1;
    const actor = createSinkActor({
      pipeline: 'p',
      partition: 0,
      settings: SETTINGS,
      group: 'g',
      placeEpoch: this.#placeEpoch,
      owner: 'o',
      openStream: (events, purpose) =>
        openFailing(this.partition, events, this.#random, () => purpose === 'catch-up' && this.#breaksOff()),
      shards: this.shards,
      gateOf: (name) => this.#breakers[SHARDS.indexOf(name)] as Breaker,
      openLookup: () => ({
        learnFrom: undefined,
        findMany: async (keys) => {
          this.asked.push(keys);
          await passTurns(this.lookupTurns ?? Math.floor(this.#random() * 6));
          if (this.#random() < 0.1) {
            throw new ReplicationError('ERG_2101', 'away');
          }
          return new Map(keys.map((key) => [key, [String(sellerOfNote(key))]]));
        },
      }),
      findings: {
        store: async (findings) => {
          await passTurns(Math.floor(this.#random() * 3));
          if (this.#random() < 0.2) {
            throw new ReplicationError('ERG_5001', 'away');
          }
          for (const { code } of findings) {
            this.findings.add(code);
          }
        },
        count: async () => [],
      },
      clock: this.#clock,
      logger: { ...silentLogger, event: (name, fields) => this.#hear(name, fields) } as typeof silentLogger,
      random: this.#random,
    });
    void actor.ended.then((error) => {
      if (error !== undefined) {
        this.failures.push(error.message);
      }
    });
    actor.start().catch(() => {}); // `ended` tells
    this.#actor = actor;
  }

  async stop(): Promise<void> {
    await this.#actor?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const breaker of this.#breakers) {
      breaker[Symbol.dispose]();
    }
  }

  async play(one: RigEvent): Promise<void> {
    if (one.kind === 'transaction') {
      const history = this.histories[one.table] as RowHistory;
      const position = Number(this.partition.end) + 1;
      this.partition.append(aRecord('k', position, ...one.steps.map((each) => history.apply(each))));
    } else if (one.kind === 'restart') {
      await this.stop();
      this.open();
    } else {
      this.#change(one);
    }
    await passTurns(one.turns);
  }

  heal(): void {
    this.#slow.clear();
    for (const one of this.shards) {
      one.isAway = false;
      one.missing.clear();
    }
    for (const breaker of this.#breakers) {
      breaker.release();
    }
  }

  #change(one: Exclude<RigEvent, { kind: 'transaction' | 'restart' }>): void {
    const shard = this.shards[one.shard] as MemoryShard;
    switch (one.kind) {
      case 'shard':
        shard.isAway = !shard.isAway;
        break;
      case 'slow':
        toggle(this.#slow, shard);
        break;
      case 'table':
        toggle(shard.missing, TABLES[one.table] ?? '');
        break;
      case 'hold': {
        const breaker = this.#breakers[one.shard];
        if (breaker?.refusal?.code === 'ERG_3012') {
          breaker.release();
        } else {
          breaker?.hold('a test');
        }
      }
    }
  }

  /** Not for ever: a catch-up that breaks off may have to begin at the lowest offset again. */
  #breaksOff(): boolean {
    const isBroken = this.#breaks < MOST_BREAKS && this.#random() < 0.1;
    this.#breaks += isBroken ? 1 : 0;
    return isBroken;
  }

  #isSlow(name: string): boolean {
    return [...this.#slow].some((shard) => shard.name === name);
  }

  #fateOf(isSlow: () => boolean) {
    return {
      turns: () => (isSlow() ? 40 : Math.floor(this.#random() * 4)),
      outcome: () => (isSlow() || this.#random() < 0.1 ? 'unknown' : 'written') as 'unknown' | 'written',
      parents: new LateParent(this.#random),
    };
  }

  #buildBreaker(shard: MemoryShard): Breaker {
    return new Breaker({
      pipeline: 'p',
      shard: shard.name,
      rules: { failures: 3, openForMs: 2_000 },
      validate: async () => {
        await passTurns(2);
        if (shard.isAway) {
          throw new ReplicationError('ERG_3001', 'away');
        }
      },
      onChange: (state) => this.seen.add(state),
      clock: this.#clock,
      logger: silentLogger,
    });
  }

  #hear(name: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.seen.add(name === 'sink.scope.parked' ? `${name} ${fields['table'] === undefined ? 'shard' : 'table'}` : name);
  }
}

function toggle<Value>(set: Set<Value>, value: Value): void {
  if (!set.delete(value)) {
    set.add(value);
  }
}
