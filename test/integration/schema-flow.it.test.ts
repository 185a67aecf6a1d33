/**
 * Tables that change at the source and at the target, in either order, under an application that goes on writing: from the
 * binary log to the target nothing stops, and the independent comparison finds nothing that the counters do not name.
 * ERGATE_DRILLS=all runs every pair of servers in either order.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { until } from '../support/kafka-rig.ts';
import { SchemaFlow } from '../support/schema-flow.ts';
import { SCHEMA_STEPS, type SchemaStep, type Side } from '../support/schema-steps.ts';
import { openTestSession } from '../support/sink-rig.ts';

const servers = new Map<FlavourName, FlavourServer>();
/** Statements of the application between two steps. */
const STATEMENTS = 40;

beforeAll(async () => {
  await Promise.all(
    FLAVOURS.map(async (flavour) => {
      const opened = await openFlavour(flavour, { name: 'both', source: true });
      servers.set(flavour.flavour, opened);
      // Nothing is killed here: a commit need not wait for the disk.
      await using session = await openTestSession(opened.server, []);
      await session.query('SET GLOBAL innodb_flush_log_at_trx_commit = 0, GLOBAL sync_binlog = 0');
    }),
  );
});

afterAll(async () => {
  for (const opened of servers.values()) {
    await opened[Symbol.asyncDispose]();
  }
});

const SIDES: readonly Side[] = ['source', 'target'];
const ALL = FLAVOURS.flatMap(({ flavour: from }) =>
  FLAVOURS.flatMap(({ flavour: to }) => SIDES.map((first) => ({ from, to, first }))),
);
/** Each flavour on each side, each order. */
const SHORT = ALL.filter(({ from, to, first }) => from !== to && first === (from === 'MariaDB' ? 'source' : 'target'));
const isAsked = process.env['ERGATE_DRILLS'] === 'all';

test.each(isAsked ? ALL : SHORT)('from $from to $to, the $first first', async ({ from, to, first }) => {
  const [source, target] = [servers.get(from)?.server, servers.get(to)?.server];
  if (source === undefined || target === undefined) {
    throw new Error('a server is missing');
  }
  await using flow = await SchemaFlow.open(source, target);
  for (const step of SCHEMA_STEPS) {
    await runStep(flow, step, first);
  }
  expect(await flow.findings()).toEqual([]);
});

async function runStep(flow: SchemaFlow, step: SchemaStep, first: Side): Promise<void> {
  const { load } = flow;
  const at = `${step.name}, seed ${load.seed}`;
  const before = flow.unwritten();
  load.start();
  for (const side of first === 'source' ? SIDES : SIDES.toReversed()) {
    await write(flow, STATEMENTS);
    if (side !== first) {
      await untilLeftOut(flow, step.lost?.[first] ?? [], before); // else the sink may see the table first, and lose nothing
    }
    await change(flow, step, side);
  }
  step.afterBoth?.(load.columns);
  await write(flow, STATEMENTS);
  await load.pause();
  await flow.settle();
  const counts = flow.unwritten();
  const lost = [...counts.keys()].filter((column) => (counts.get(column) ?? 0) > (before.get(column) ?? 0)).sort();
  expect(lost, at).toEqual(step.lost?.[first] ?? expect.toSatisfy(isWithin(step.late ?? [])));
  if (lost.length > 0) {
    await fillIn(flow);
  }
  expect(await flow.compare(), at).toMatchObject({
    missing: 0,
    extra: 0,
    different: 0,
    unmarked: 0,
    uncompared: [],
    failure: undefined,
  });
}

async function untilLeftOut(
  flow: SchemaFlow,
  columns: readonly string[],
  before: ReadonlyMap<string, number>,
): Promise<void> {
  const isLeftOut = (column: string) => (flow.unwritten().get(column) ?? 0) > (before.get(column) ?? 0);
  await until(`values of ${columns.join(', ')} are left out`, () => columns.every(isLeftOut));
}

/** Again as long as values are left out: the sink may not have looked at its tables yet. */
async function fillIn(flow: SchemaFlow): Promise<void> {
  const countAll = () => [...flow.unwritten().values()].reduce((sum, changes) => sum + changes, 0);
  let counted = Number.NaN;
  await flow.until('all values are written', async () => {
    const before = counted;
    await flow.load.touchAll();
    await flow.settle();
    counted = countAll();
    return counted === before;
  });
}

/** What was written before the sink had looked at its tables again is lost too, and counted. */
function isWithin(late: readonly string[]): (lost: readonly string[]) => boolean {
  return (lost) => lost.every((column) => late.includes(column));
}

async function change(flow: SchemaFlow, step: SchemaStep, side: Side): Promise<void> {
  const { load } = flow;
  if (side === 'target') {
    await flow.atTarget(step.target ?? step.sql);
    return;
  }
  step.beforeSource?.(load.columns);
  await flow.atSource(step.sql);
  step.afterSource?.(load.columns);
}

async function write(flow: SchemaFlow, statements: number): Promise<void> {
  const end = flow.load.written + statements;
  await flow.until('the application writes', () => flow.load.written >= end);
}
