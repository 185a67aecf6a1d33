/**
 * Order under concurrency: histories in which unique values move and swap between rows, rows change their keys and shards,
 * are deleted and made anew. Lanes write them at the same time, statement by statement, in an order that is drawn, to
 * shards that lock rows and enforce their unique indexes. Every state that a commit leaves of a row is one that applying
 * the records one after the other would show, and none comes back.
 *
 * `ERGATE_HISTORIES=100000` runs more than the 10,000.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { Finding } from '../../actors/state/finding.ts';
import type { RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { Interleaving } from '../support/interleaving.ts';
import { LateParent } from '../support/late-parent.ts';
import { LockingShard } from '../support/locking-shard.ts';
import { memorySinkDeps } from '../support/memory-sink.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aColumn, aTable } from '../support/sink-builders.ts';
import { aRecord } from '../support/sink-rig.ts';
import { isEqual, StateJudge } from '../support/state-judge.ts';
import { ValueHistory, WANDERING_ROWS, type WanderStep } from '../support/value-history.ts';

const HISTORIES = Number(process.env['ERGATE_HISTORIES'] ?? 10_000);

interface Variant {
  readonly unique: boolean;
  readonly moves: boolean;
  readonly restarts: boolean;
}

/** `share` of all histories. */
const VARIANTS: readonly (Variant & { readonly name: string; readonly share: number })[] = [
  { name: 'of a plain table', unique: false, moves: true, restarts: false, share: 0.3 },
  { name: 'of a plain table, with restarts', unique: false, moves: true, restarts: true, share: 0.1 },
  { name: 'of a table with a further unique index', unique: true, moves: false, restarts: false, share: 0.45 },
  {
    name: 'of a table with a further unique index, with restarts',
    unique: true,
    moves: false,
    restarts: true,
    share: 0.1,
  },
];

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'target', shardBy: 'modulo' },
  tables: { orders: { shardKey: 'seller' } },
  lanes: 3,
  batch: { minRows: 1, maxRows: 4 },
});

const step: fc.Arbitrary<WanderStep> = fc.record({
  row: fc.nat(2),
  kind: fc.constantFrom('keep', 'take', 'take', 'swap', 'delete', 'change-key'),
  other: fc.nat(2),
  value: fc.constantFrom('x', 'y', null),
  moves: fc.nat(5).map((n) => n === 5),
});

const transaction = fc.record({
  recordKey: fc.constantFrom('a' as const, 'b' as const),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  /** Turns that others get before the next one. */
  turns: fc.nat(3),
  restart: fc.nat(9).map((n) => n === 9),
});

const history = fc.record({
  transactions: fc.array(transaction, { minLength: 1, maxLength: 12, size: 'max' }),
  /** Decides the interleaving and the faults of the writes. */
  luck: fc.nat(),
  faults: fc.boolean(),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

function buildRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const FATES = ['deadlock', 'lost', 'lost after the commit'] as const;

function replicate({ transactions, luck, faults }: History, variant: Variant) {
  const random = buildRandom(luck);
  const turns = new Interleaving(random);
  const parents = [new LateParent(random), new LateParent(random)];
  const source = new ValueHistory(variant.unique);
  const judge = new StateJudge(source, { replays: variant.restarts, isOrdered: variant.unique });
  const table = aTable({
    columns: ['id', 'seller', 'n', 'u', ...(luck % 2 === 0 ? [aColumn('own', { hasDefault: true })] : [])],
    uniqueIndexes: variant.unique ? [{ name: 'u', columns: ['u'] }] : [],
  });
  const shards = [0, 1].map(
    (index) =>
      new LockingShard({
        name: `s${index}`,
        table,
        turns,
        ...(faults && !variant.unique ? { lacksParent: (key) => parents[index]?.isMissing(key) === true } : {}),
        outcome: () => (faults ? FATES[Math.floor(random() * 20)] : undefined) ?? 'committed',
        onCommitted: (key, row) => {
          parents[index]?.sawWritten(key);
          judge.see(index, key, row);
        },
      }),
  );
  const partition = new MemoryPartition();
  partition.committed = { offset: 0n, metadata: '' };
  const findings: Finding[] = [];
  let placeEpoch = 0;
  const open = async () => {
    placeEpoch += 1;
    const openStream = (events: RecordStreamEvents) => partition.open(events);
    const own = { settings: SETTINGS, placeEpoch, openStream, shards, clock: turns, random };
    const actor = createSinkActor(memorySinkDeps(own, async (given) => void findings.push(...given)));
    await actor.start();
    return actor;
  };
  const run = async () => {
    let actor = await open();
    let position = 0;
    for (const { recordKey, steps, turns: pause, restart } of transactions) {
      const allowed = variant.moves ? steps : steps.map((one) => ({ ...one, moves: false }));
      for (const { key, payloads } of source.apply(recordKey, allowed)) {
        position += 1;
        partition.append(aRecord(key, position, ...payloads));
      }
      for (let left = pause; left > 0; left -= 1) {
        await turns.turn();
      }
      if (variant.restarts && restart) {
        await actor.stop();
        actor = await open();
      }
    }
    await partition.untilCommitted(partition.end);
    await actor.stop();
  };
  return turns.drive(run()).then(() => ({ source, shards, findings, judge }));
}

/** Rows that are not where the source has them, or not as it has them. */
function listWrong({ source, shards }: Awaited<ReturnType<typeof replicate>>): readonly string[] {
  return WANDERING_ROWS.filter((key) => {
    const expected = source.rowOf(key);
    return shards.some(({ rows }, index) => {
      const held = rows.get(key);
      return expected?.seller === index ? held === undefined || !isEqual(expected, held.cells) : held !== undefined;
    });
  });
}

describe.each(VARIANTS)('lanes that write at the same time the rows $name', (variant) => {
  test('show the states of each row in their order, and end as one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const end = await replicate(given, variant);
        expect(end.judge.faults).toEqual([]);
        if (!variant.restarts) {
          expect(end.findings.map(({ message }) => message)).toEqual([]);
        }
        expect(listWrong(end)).toEqual([]);
      }),
      { numRuns: Math.ceil(HISTORIES * variant.share), ...propertySeed() },
    );
  });
});

describe('a row that takes its unique value with it to another shard', () => {
  // It leaves its old shard only when it is on the new one; who gets its value meanwhile may be refused.
  test('never makes another row go back, and what is not as it should be in the end is a finding', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const end = await replicate(given, { unique: true, moves: true, restarts: false });
        expect(end.judge.faults).toEqual([]);
        expect(end.findings.filter(({ code }) => code !== 'ERG_3207')).toEqual([]);
        const refused = new Set(end.findings.map(({ offset }) => Number(offset)));
        expect(listWrong(end).filter((key) => !end.source.isTouchedBy(key, refused))).toEqual([]);
      }),
      { numRuns: Math.ceil(HISTORIES * 0.05), ...propertySeed() },
    );
  });
});
