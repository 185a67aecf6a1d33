/** The commands of recovery runs, on a real source, two shards and a state database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import { nameAuthor } from '../../supervisor/cli/breaker-command.ts';
import type { FoundRows, KeyChoice } from '../../supervisor/recover/find-rows.ts';
import { changing } from '../support/build-new-case.ts';
import { CaseRig, PLACE } from '../support/case-rig.ts';
import { MemoryPartition } from '../support/memory-stream.ts';

let rig: CaseRig;
let cases: readonly Case[];
const ergate = (...args: readonly string[]) => rig.ergate(...args);
const idOf = (index: number) => String(cases[index]?.id);

beforeAll(async () => {
  rig = await CaseRig.open();
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

const keysOf = ({ rows }: FoundRows) => rows.map(({ row }) => row.targetKey[0]?.[1]).toSorted();

beforeEach(async () => {
  cases = await rig.reset();
});

describe('recover', () => {
  const plan = async (...args: string[]) => JSON.parse((await ergate('recover', 'plan', '-o', 'json', ...args)).out);

  test('plan looks at both sides and counts, and writes no row', async () => {
    const { exitCode, out } = await ergate('recover', 'plan', '--table', 'orders');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/TABLE +INSERT +UPDATE +DELETE +EQUAL NOW/);
    expect(out).toMatch(/orders +1 +2 +1 +0 +0 +0 +0\n/);
    expect(out).toMatch(/orders +seller1 +order_no=4 +update +memo/);
    expect(out).toMatch(/plan \d+: 4 rows to be repaired, valid until .* nothing has been written/);
    expect(out).not.toContain('secret-d');
    expect(await rig.state.cases.listOrders(PLACE, 10)).toEqual([]);
  });

  test.each<[string, string[], number]>([
    ['cases', ['--case', '0', '--case', '2'], 2],
    ['a shard', ['--shard', 'seller1'], 3],
    ['cases of offsets', ['--offset', '0:42..42', '--cases-only'], 4],
    ['cases of other offsets', ['--offset', '0:1..41', '--cases-only'], 0],
    ['cases of commit times', ['--commit-time', '2023-11-14..2023-11-15', '--cases-only'], 4],
    ['cases of an open commit time', ['--commit-time', '2023-11-15..', '--cases-only'], 0],
    ['cases in a state, of offsets', ['--offset', '0:42..42', '--state', 'waiting'], 4],
    ['all', ['--all'], 4],
  ])('plan takes %s', async (_, args, items) => {
    const named = args.map((arg, index) => (args[index - 1] === '--case' ? idOf(Number(arg)) : arg));
    expect((await plan(...named)).run.items).toBe(items);
  });

  test.each<[string, string[], number, RegExp]>([
    ['nothing', [], 2, /choose the rows/],
    ['closed cases', ['--state', 'closed'], 2, /closed/],
    ['a case that there is not', ['--case', '999999'], 1, /ERG_5006: there is no open case 999999/],
    ['keys of no table', ['--key', '5'], 1, /ERG_5006.*--table/],
    ['half a range', ['--key-range', '5'], 2, /Expected two ends/],
    ['two kinds of rows', ['--table', 'orders', '--key', '5', '--offset', '0:1..2'], 2, /not both/],
    ['offsets that are none', ['--offset', '5..6'], 2, /Expected a partition/],
  ])('plan refuses %s', async (_, args, exitCode, message) => {
    const ended = await ergate('recover', 'plan', ...args);
    expect(ended).toMatchObject({ exitCode, out: '' });
    expect(ended.err).toMatch(message);
  });

  test.each([
    ['run', (plan: string) => ['recover', 'run', '--plan', plan]],
    ['the repair of a case', () => ['case', 'repair', idOf(1)]],
    ['a forced sync', () => ['force-sync', 'order-seller', 'orders', 'order_no=4']],
  ])('%s is refused where another tool writes the target, and orders nothing', async (_, build) => {
    const planned = await rig.ergateBeside('recover', 'plan', '--all', '-o', 'json');
    const { run } = JSON.parse(planned.out);
    const { exitCode, err } = await rig.ergateBeside(...build(run.id), '--reason', 'INC-3');
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringMatching(/ERG_5113: apply is false/) });
    expect(await rig.state.cases.listOrders(PLACE, 10)).toEqual([]);
    const [rows] = await rig.db.query('SELECT memo FROM seller1.orders WHERE order_no = 4');
    expect(rows).toMatchObject([{ memo: '' }]);
  });

  test('run orders the plan, once, and watch tells how far it is', async () => {
    await rig.db.query("UPDATE seller0.orders SET memo = 'b' WHERE order_no = 2");
    const { run, tables } = await plan('--all');
    expect(tables.orders).toMatchObject({ insert: 1, update: 1, delete: 1, equal: 1 });
    const start = () => ergate('recover', 'run', '--plan', run.id, '--reason', 'INC-2');
    expect(await start()).toMatchObject({ exitCode: 0, out: expect.stringContaining(`recover watch ${run.id}`) });
    expect(await start()).toMatchObject({ exitCode: 1, err: expect.stringContaining('started before') });
    const orders = await rig.state.cases.listOrders(PLACE, 10);
    expect(orders).toMatchObject(
      [1, 2, 3].map((index) => ({ caseId: cases[index]?.id, mayDelete: false, runId: BigInt(run.id) })),
    );
    const looked = await ergate('recover', 'watch', run.id, '--once');
    expect(looked.out).toMatch(/run \d+ of order-seller: running.*\n░+ {2}0\/3\n/);
    for (const [index, order] of orders.entries()) {
      const one = cases[index + 1] as Case;
      await rig.state.cases.write(PLACE, [
        { ...changing(one, { state: 'closed', end: 'verified', runId: order.runId }), orderId: order.id },
      ]);
    }
    const ended = await ergate('recover', 'watch', run.id);
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(ended.out).toMatch(/: ended.*\n█+ {2}3\/3\n[\s\S]*closed cases +verified 3/);
    expect((await ergate('recover', 'list')).out).toMatch(/ended +4 +all cases .* INC-2/);
  });

  test('run deletes only when another person approves it', async () => {
    const { run } = await plan('--all');
    const start = () => ergate('recover', 'run', '--plan', run.id, '--reason', 'INC-3', '--approve-deletes');
    expect(await start()).toMatchObject({ exitCode: 1, err: expect.stringContaining('another person') });
    await rig.db.query(`UPDATE ergate_run SET planned_by = 'somebody@else' WHERE id = ${run.id}`);
    expect(await start()).toMatchObject({ exitCode: 0 });
    expect((await rig.state.cases.listOrders(PLACE, 1))[0]).toMatchObject({ mayDelete: true });
  });

  test('a plan in which nothing is wrong says so, and no run comes of it', async () => {
    await rig.db.query("UPDATE seller0.orders SET memo = 'b' WHERE order_no = 2");
    for (const [args, items] of [
      [['--case', idOf(0)], 1],
      [['--table', 'others'], 0],
    ] as const) {
      const { out } = await ergate('recover', 'plan', ...args);
      expect(out).toMatch(/plan \d+: no row is to be repaired\n$/);
      const [run] = await rig.state.runs.list([PLACE.pipeline], 1);
      expect(run).toMatchObject({ items });
      const ended = await ergate('recover', 'run', '--plan', String(run?.id), '--reason', 'x');
      expect(ended).toMatchObject({ exitCode: 0, out: expect.stringContaining('no run was started') });
      expect(await rig.state.runs.find(run?.id ?? 0n)).toMatchObject({ state: 'planned' });
    }
  });

  test('run is refused when the plan is too old', async () => {
    const { run } = await plan('--all');
    await rig.db.query(`UPDATE ergate_run SET valid_until_ms = valid_until_ms - 900000 WHERE id = ${run.id}`);
    const ended = await ergate('recover', 'run', '--plan', run.id, '--reason', 'late');
    expect(ended).toMatchObject({ exitCode: 1, err: expect.stringContaining('plan again') });
  });

  test('pause, resume and stop', async () => {
    const { run } = await plan('--all');
    await ergate('recover', 'run', '--plan', run.id, '--reason', 'INC-4');
    const move = (verb: string) => ergate('recover', verb, run.id, '--reason', 'x');
    const open = async () => (await rig.state.cases.listOrders(PLACE, 10)).length;
    expect(await move('pause')).toMatchObject({ exitCode: 0, out: `run ${run.id} is paused\n` });
    expect(await open()).toBe(0);
    expect(await move('pause')).toMatchObject({ exitCode: 1, err: `run ${run.id}: it is paused\n` });
    expect(await move('resume')).toMatchObject({ exitCode: 0 });
    expect(await open()).toBe(4);
    expect(await move('stop')).toMatchObject({ exitCode: 0 });
    expect(await open()).toBe(0);
    expect(await ergate('recover', 'watch', run.id)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('refused 4'),
    });
  });

  test('a run whose starter died before all was ordered is gone on with by whoever looks at it', async () => {
    const { run } = await plan('--all');
    await rig.state.runs.start(BigInt(run.id), { by: nameAuthor(), reason: 'x', mayDelete: false });
    await rig.state.runs.placeItems(BigInt(run.id), 1);
    await ergate('recover', 'watch', run.id, '--once');
    expect(await rig.state.cases.listOrders(PLACE, 10)).toHaveLength(4);
  });
});

describe('rows by their keys', () => {
  const keys = (...texts: string[]): KeyChoice => ({ kind: 'keys', keys: texts.map((text) => [['order_no', text]]) });

  test('are those that are wrong on either side', async () => {
    const found = await rig.find(keys('1', '2', '3', '6', '99'));
    expect(keysOf(found)).toEqual(['2', '3', '6']);
    expect(found).toMatchObject({ unowned: 0 });
    expect(found.compared).toBeGreaterThanOrEqual(4);
  });

  test('are those of a range, with both its ends', async () => {
    expect(keysOf(await rig.find({ kind: 'range', from: ['3'], to: ['4'] }))).toEqual(['3', '4']);
    expect(keysOf(await rig.find({ kind: 'range', from: ['4'], to: undefined }))).toEqual(['4', '6']);
    expect(keysOf(await rig.find({ kind: 'range', from: undefined, to: ['2'] }))).toEqual(['2']);
  });

  test('name the partition whose sink owns them', async () => {
    const { rows } = await rig.find({ kind: 'range', from: undefined, to: undefined }, 64);
    expect(new Set(rows.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  test('are refused when the key is no key of the table', async () => {
    const wrong: KeyChoice[] = [
      { kind: 'keys', keys: [[['seller_no', '1']]] },
      {
        kind: 'keys',
        keys: [
          [
            [undefined, '1'],
            [undefined, '2'],
          ],
        ],
      },
      { kind: 'range', from: ['1', '2'], to: undefined },
    ];
    for (const choice of wrong) {
      await expect(rig.find(choice)).rejects.toMatchObject({
        code: 'ERG_5006',
        message: expect.stringContaining('order_no'),
      });
    }
    expect(keysOf(await rig.find({ kind: 'keys', keys: [[[undefined, '2']]] }))).toEqual(['2']);
  });
});

describe('rows by their changes', () => {
  const MINUTE_MS = 60_000;
  const T0 = Date.UTC(2026, 0, 1);
  const row = (no: number, seller: number) => ({ order_no: no, seller_no: seller, memo: 'x' });
  const aRecord = (atMs: number, ...payloads: readonly object[]) => ({
    value: JSON.stringify({ commitTime: atMs, source: { epoch: 0, file: 1, position: 4, ordinal: 0 }, payloads }),
    timestampMs: atMs,
  });
  const inserted = (no: number, seller: number) => ({ op: 'insert', table: 'orders', old: null, new: row(no, seller) });
  const deleted = (no: number, seller: number) => ({ op: 'delete', table: 'orders', old: row(no, seller), new: null });
  /** Orders 1 and 5 are right: see CaseRig.reset. */
  const aPartition = (): MemoryPartition => {
    const partition = new MemoryPartition(2);
    partition.append(
      aRecord(T0, inserted(1, 0), inserted(2, 0)),
      aRecord(T0 + MINUTE_MS, inserted(3, 1)),
      aRecord(T0 + 2 * MINUTE_MS, inserted(4, 1), inserted(4, 1), inserted(5, 0)),
      aRecord(T0 + 3 * MINUTE_MS, deleted(6, 1)),
    );
    return partition;
  };

  test('are those that the records name and that are wrong now, each once, though they have no case', async () => {
    const found = await rig.findChanged(aPartition(), { offsets: { partition: 0, from: 0n, to: 3n } });
    expect(keysOf(found)).toEqual(['2', '3', '4', '6']);
    expect(found).toMatchObject({ compared: 6, unowned: 0, notes: [] });
    expect(found.rows.every(({ caseId, partition }) => caseId === null && partition === 0)).toBe(true);
  });

  test('are those of the offsets, the table and the shard that are meant', async () => {
    const find = (from: bigint, to: bigint, more = {}) =>
      rig.findChanged(aPartition(), { offsets: { partition: 0, from, to }, ...more });
    expect(keysOf(await find(1n, 2n))).toEqual(['3', '4']);
    expect(keysOf(await find(0n, 3n, { shard: 'seller0' }))).toEqual(['2']);
    expect(keysOf(await find(0n, 3n, { table: 'others' }))).toEqual([]);
  });

  test('are those that were committed then, both ends included, and no more is read than needed', async () => {
    const partition = aPartition();
    partition.append(aRecord(T0 + 20 * MINUTE_MS, inserted(2, 0)), aRecord(T0 + 21 * MINUTE_MS, { op: 'nothing' }));
    partition.maxFetchRecords = 1;
    const commitTime = { fromMs: T0 + MINUTE_MS, toMs: T0 + 2 * MINUTE_MS };
    const found = await rig.findChanged(partition, { commitTime });
    expect(keysOf(found)).toEqual(['3', '4']);
    expect(found).toMatchObject({ unowned: 0, notes: [] }); // the last record was not looked at
  });

  test('of records that name none are counted, and do not hold up the others', async () => {
    const partition = aPartition();
    partition.append({ value: '{' }, aRecord(T0, { op: 'insert', table: 'orders', old: null, new: { order_no: 9 } }));
    const found = await rig.findChanged(partition, { offsets: { partition: 0, from: 0n, to: 5n } });
    expect(keysOf(found)).toEqual(['2', '3', '4', '6']);
    expect(found).toMatchObject({ unowned: 2, notes: [expect.stringMatching(/names no row: ERG_/)] });
  });

  test('are refused of offsets that are not there, and told of those that are only partly there', async () => {
    const find = (from: bigint, to: bigint, partition = 0) =>
      rig.findChanged(aPartition(), { offsets: { partition, from, to } });
    await expect(find(4n, 9n)).rejects.toMatchObject({
      code: 'ERG_5006',
      message: expect.stringContaining('offsets 0 to 3'),
    });
    await expect(find(0n, 3n, 1)).rejects.toMatchObject({ code: 'ERG_5006' });
    expect(await find(2n, 9n)).toMatchObject({ notes: [expect.stringContaining('offsets 0 to 3')] });
  });
});
