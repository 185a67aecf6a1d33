/**
 * The whole sink while shards and tables of its target come and go, and it is restarted in between: in the end, when all is
 * back, each row is on its shard, in its newest state, and nowhere else, and nothing is left out any more. Rows move between
 * shards that are there and shards that are not.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../actors/runtime/actor.ts';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { MemoryShard, passTurns } from '../support/memory-shard.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { propertySeed } from '../support/property-seed.ts';
import { ROW_KEYS, RowHistory, type RowStep } from '../support/row-history.ts';
import { aColumn, aTable } from '../support/sink-builders.ts';
import { aRecord } from '../support/sink-rig.ts';

const STALLED_MS = 5_000;
const SHARDS = ['s0', 's1', 's2'];
/** The shards of the last one are looked up. */
const TABLES = ['orders', 'items', 'notes'];
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

/** Time leaps to the end of each wait at the next turn of the event loop. */
class LeapingClock implements Clock {
  #nowMs = 0;

  wallMs(): number {
    return 1_767_225_600_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const dueMs = this.#nowMs + ms;
    const immediate = setImmediate(() => {
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      run();
    });
    return () => clearImmediate(immediate);
  }
}

type Event =
  | { readonly kind: 'transaction'; readonly table: number; readonly steps: readonly RowStep[]; readonly turns: number }
  | { readonly kind: 'shard'; readonly shard: number; readonly turns: number }
  | { readonly kind: 'table'; readonly shard: number; readonly table: number; readonly turns: number }
  | { readonly kind: 'restart'; readonly turns: number };

const step: fc.Arbitrary<RowStep> = fc.record({
  key: fc.constantFrom(...ROW_KEYS),
  kind: fc.constantFrom('update', 'update', 'update', 'delete', 'change-key'),
  to: fc.constantFrom(...ROW_KEYS),
  moves: fc.boolean(),
  refused: fc.constant(false),
});
const turns = fc.nat(30);
const shard = fc.nat(SHARDS.length - 1);
const table = fc.nat(TABLES.length - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('transaction'),
      table,
      steps: fc.array(step, { minLength: 1, maxLength: 4 }),
      turns: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('shard'), shard, turns }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('table'), shard, table, turns }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), turns }) },
);

interface Scenario {
  readonly events: readonly Event[];
  readonly luck: number;
  readonly unique: boolean;
}

function buildRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class Rig {
  readonly shards: readonly MemoryShard[];
  readonly partition = new MemoryPartition();
  readonly histories = TABLES.map(
    (name) => new RowHistory(name, SHARDS.length, name === 'notes' ? sellerOfNote : undefined),
  );
  readonly #random: () => number;
  readonly #clock = new LeapingClock();
  #placeEpoch = 0;
  #actor: Actor | undefined;
  readonly parked = new Set<string>();
  readonly failures: string[] = [];

  constructor({ luck, unique }: Scenario) {
    this.#random = buildRandom(luck);
    const shapes = TABLES.map((name) =>
      aTable({
        name,
        columns: ['id', 'seller', 'v', aColumn('ergate_seq')],
        uniqueIndexes: unique ? [{ name: 'v', columns: ['v'] }] : [],
      }),
    );
    const fate = {
      turns: () => Math.floor(this.#random() * 4),
      outcome: () => (this.#random() < 0.1 ? 'unknown' : 'written') as 'unknown' | 'written',
    };
    this.shards = SHARDS.map((name) => new MemoryShard(name, shapes, fate));
    this.partition.committed = { offset: 0n, metadata: '' };
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
      openStream: (events) => this.partition.open(events),
      shards: this.shards,
      openLookup: () => ({
        learnFrom: undefined,
        findMany: async (keys) => {
          await passTurns(Math.floor(this.#random() * 6));
          if (this.#random() < 0.1) {
            throw new ReplicationError('ERG_2101', 'away');
          }
          return new Map(keys.map((key) => [key, [String(sellerOfNote(key))]]));
        },
      }),
      findings: {
        store: async (findings) => {
          this.failures.push(...findings.map(({ message }) => message));
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

  async play(one: Event): Promise<void> {
    if (one.kind === 'transaction') {
      const history = this.histories[one.table] as RowHistory;
      const position = Number(this.partition.end) + 1;
      this.partition.append(aRecord('k', position, ...one.steps.map((each) => history.apply(each))));
    } else if (one.kind === 'restart') {
      await this.stop();
      this.open();
    } else {
      const at = this.shards[one.shard] as MemoryShard;
      if (one.kind === 'shard') {
        at.isAway = !at.isAway;
      } else {
        toggle(at.missing, TABLES[one.table] ?? '');
      }
    }
    await passTurns(one.turns);
  }

  heal(): void {
    for (const one of this.shards) {
      one.isAway = false;
      one.missing.clear();
    }
  }

  #hear(name: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (name === 'sink.scope.parked') {
      this.parked.add(fields['table'] === undefined ? 'shard' : 'table');
    }
  }
}

function toggle(set: Set<string>, value: string): void {
  if (!set.delete(value)) {
    set.add(value);
  }
}

async function replicate(scenario: Scenario): Promise<{ readonly rig: Rig; readonly end: string }> {
  const rig = new Rig(scenario);
  rig.open();
  for (const one of scenario.events) {
    await rig.play(one);
  }
  rig.heal();
  const stalled = Promise.withResolvers<string>();
  const timer = setTimeout(stalled.resolve, STALLED_MS, 'stalled');
  const end = await Promise.race([rig.partition.untilWhole().then(() => 'whole'), stalled.promise]);
  clearTimeout(timer);
  await rig.stop();
  return { rig, end };
}

describe('the sink actor, while shards and tables come and go', () => {
  test.each([false, true])(
    'leaves every row on its shard alone, in its newest state (further unique index: %s)',
    async (unique) => {
      const parked = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            events: fc.array(event, { minLength: 5, maxLength: 60, size: 'max' }),
            luck: fc.nat(),
            unique: fc.constant(unique),
          }),
          async (given) => {
            const { rig, end } = await replicate(given);
            expect({ end, failures: rig.failures }).toEqual({ end: 'whole', failures: [] });
            for (const [at, { rows }] of rig.shards.entries()) {
              const found = [...rows].map(([key, { cells }]) => [key, cells['v']]).sort();
              const expected = TABLES.flatMap((name, index) =>
                ROW_KEYS.flatMap((key) => {
                  const value = rig.histories[index]?.expectedOn(at, key);
                  return value === undefined ? [] : [[index === 0 ? key : `${name}/${key}`, value]];
                }),
              ).sort();
              expect({ shard: at, rows: found }).toEqual({ shard: at, rows: expected });
            }
            for (const kind of rig.parked) {
              parked.add(kind);
            }
          },
        ),
        { numRuns: 80, ...propertySeed() },
      );
      expect([...parked].sort()).toEqual(['shard', 'table']); // else the property has shown nothing
    },
  );
});
