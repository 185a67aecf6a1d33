/**
 * Whoever writes rows and whoever checks them go the same way: what a sink leaves at the shards of rows that were inserted is
 * what the placer says of the same rows, and what the one refuses the other refuses with the same code.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaveOut } from '../../actors/catalog/leave-out.ts';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { RowPlacer } from '../../actors/row/row-placer.ts';
import { createSinkActor } from '../../actors/sink/sink-actor.ts';
import type { Finding } from '../../actors/state/finding.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { MemoryShard } from '../support/memory-shard.ts';
import { memorySinkDeps, settledOrStalled } from '../support/memory-sink.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { propertySeed } from '../support/property-seed.ts';
import { ScriptedLookup } from '../support/routing-rig.ts';
import { anImage, aTable, cellsOf } from '../support/sink-builders.ts';
import { aRecord, inserted } from '../support/sink-rig.ts';

const STALLED_MS = 5_000;
const SHARDS = ['s0', 's1', 's2'];

const SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 't' },
  target: { database: 'd', shardBy: 'modulo' },
  tables: {
    plain: { shardKey: 's', ignoreColumns: ['a'], target: 'plain_target' },
    several: { shardKeys: ['s', 't'] },
    one: { findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 's' } },
    many: { findCkey: { resolver: 'SELLERS_OF_ORDER', by: 's', whenMissing: 'skip' } },
    filled: {
      shardKey: 't',
      columnReplace: {
        a: { resolver: 'NAME_OF_SELLER', by: 's', whenMissing: 'keep' },
        own: { resolver: 'NAME_OF_SELLER', by: 't', whenMissing: 'null' },
      },
    },
    both: {
      findCkey: { resolver: 'SELLERS_OF_ORDER', by: 's', whenMissing: 'skip' },
      columnReplace: { a: { resolver: 'NAME_OF_SELLER', by: 't' } },
    },
  },
});
const TABLES = Object.keys(SETTINGS.tables);
const COLUMNS = ['id', 's', 't', 'a', 'own', 'ergate_seq'];
const targetOf = (table: string) => SETTINGS.tables[table]?.target ?? table;
const SHAPES = TABLES.map((table) => aTable({ name: targetOf(table), columns: COLUMNS }));
/** As a catalog knows them. */
const KNOWN = TABLES.map((table, index) =>
  leaveOut(SHAPES[index] as TableShape, new Set(SETTINGS.tables[table]?.ignoreColumns)),
);

interface Given {
  readonly rows: readonly { readonly table: string; readonly cells: Readonly<Record<string, Cell>> }[];
  /** By resolver, then key. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, readonly Cell[]>>>>;
}

const key = fc.constantFrom('0', '1', '2', '3', '4', 'x', null);
const given: fc.Arbitrary<Given> = fc.record({
  rows: fc.array(
    fc.record({
      table: fc.constantFrom(...TABLES),
      cells: fc.record({ s: key, t: key, a: key, lost: key, ergate_seq: key }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  answers: fc.record(
    Object.fromEntries(
      ['SELLER_OF_PRODUCT_ORDER', 'SELLERS_OF_ORDER', 'NAME_OF_SELLER'].map((resolver) => [
        resolver,
        fc.dictionary(fc.constantFrom('0', '1', '2', '3', '4'), fc.array(key, { minLength: 1, maxLength: 3 })),
      ]),
    ),
  ),
});

function openLookupOf({ answers }: Given) {
  return (resolver: string) => {
    const lookup = new ScriptedLookup(resolver);
    for (const [asked, cells] of Object.entries(answers[resolver] ?? {})) {
      lookup.answers.set(asked, cells);
    }
    return lookup;
  };
}

/** Each row as the shards have it, or the code of its finding. */
async function write({ rows, answers }: Given): Promise<readonly unknown[]> {
  const fate = { turns: () => 0, outcome: () => 'written' as const };
  const shards = SHARDS.map((name) => new MemoryShard(name, [aTable({ name: 'first' }), ...SHAPES], fate));
  const partition = new MemoryPartition();
  partition.committed = { offset: 0n, metadata: '' };
  const findings: Finding[] = [];
  const own = {
    settings: SETTINGS,
    placeEpoch: 1,
    openStream: partition.open.bind(partition),
    shards,
    clock: hastyClock,
    random: () => 0,
  };
  const store = async (more: readonly Finding[]) => void findings.push(...more);
  const actor = createSinkActor(memorySinkDeps(own, store, { openLookup: openLookupOf({ rows, answers }) }));
  await actor.start();
  partition.append(
    ...rows.map(({ table, cells }, index) => aRecord('k', index + 1, inserted({ id: `${index}`, ...cells }, table))),
  );
  expect(await settledOrStalled(partition.untilCommitted(partition.end), 'settled', STALLED_MS)).toBe('settled');
  await actor.stop();
  return rows.map(({ table }, index) => {
    const finding = findings.find(({ offset }) => offset === BigInt(index));
    const found = shards.flatMap(({ name, rows: stored }) => {
      const row = stored.get(`${targetOf(table)}/${index}`);
      return row === undefined ? [] : [[name, row.cells] as const];
    });
    return finding?.code ?? Object.fromEntries(found);
  });
}

async function place({ rows, answers }: Given): Promise<readonly unknown[]> {
  const placer = new RowPlacer({
    settings: SETTINGS,
    shards: SHARDS.map((name) => ({
      shard: { name },
      find: (table) => KNOWN.find((shape) => shape.name === table),
    })),
    openLookup: openLookupOf({ rows, answers }),
  });
  const outcomes = new Array<unknown>(rows.length);
  for (const table of TABLES) {
    const indexes = [...rows.keys()].filter((index) => rows[index]?.table === table);
    const placements = await placer.place(
      table,
      indexes.map((index) => anImage({ id: `${index}`, ...rows[index]?.cells })),
    );
    for (const [at, placement] of placements.entries()) {
      outcomes[indexes[at] ?? 0] = placement instanceof ReplicationError ? placement.code : describe(placement);
    }
  }
  return outcomes;
}

function describe(placement: Exclude<Awaited<ReturnType<RowPlacer['place']>>[number], ReplicationError>): object {
  return Object.fromEntries(
    [...placement].map(([shard, row]) => [shard, row instanceof ReplicationError ? row.code : cellsOf(row.image)]),
  );
}

/** What the target would store of what the shard in memory was given. */
function asWritten(table: string, outcome: unknown): unknown {
  if (typeof outcome !== 'object' || outcome === null) {
    return outcome;
  }
  const ignored = ['lost', 'ergate_seq', ...(SETTINGS.tables[table]?.ignoreColumns ?? [])];
  return Object.fromEntries(
    Object.entries(outcome).map(([shard, cells]) => [
      shard,
      Object.fromEntries(Object.entries(cells as object).filter(([column]) => !ignored.includes(column))),
    ]),
  );
}

test('rows are placed, filled and refused as a sink does it', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (some) => {
      const written = await write(some);
      expect(await place(some)).toEqual(
        written.map((outcome, index) => asWritten(some.rows[index]?.table ?? '', outcome)),
      );
    }),
    { numRuns: 100, ...propertySeed() },
  );
});
