/** What the sink relies on, whatever the target is. Runs for every adapter and every fake of the port. */
import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { ShardChange } from '../../actors/target/target-shard.ts';
import { aChange } from '../support/build-change.ts';
import { type ContractTable, errorOf, openOwned, type TargetUnderTest } from '../support/target-under-test.ts';
import { describeFenceContract } from './target-fence-contract.ts';

const upsert = (table: TableShape, id: string, seq: number, value: string | null) =>
  aChange({ table, row: { id, value, note: `n${seq}`, needed: '7' }, seq });

const remove = (table: TableShape, id: string, seq: number) => aChange({ table, op: 'delete', row: { id }, seq });

export function describeTargetContract(name: string, open: () => Promise<TargetUnderTest>): void {
  describe.each<ContractTable>(['plain', 'unique'])(`target contract: ${name}, %s table`, (kind) => {
    async function arrange(changes: (table: TableShape) => readonly ShardChange[][]) {
      const target = await open();
      const table = await target.createContractTable(kind);
      const writer = await openOwned(target);
      for (const batch of changes(table)) {
        await writer.write(batch);
      }
      const values = async () =>
        (await target.readRows(table)).map(({ id, value, ergate_seq }) => [id, value, ergate_seq]);
      return { target, table, writer, values, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
    }

    test('a newer upsert replaces an older one', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 10, 'old')], [upsert(table, '1', 11, 'new')]]);
      expect(await t.values()).toEqual([['1', 'new', '11']]);
    });

    test('an older upsert does not replace a newer one', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 11, 'new')], [upsert(table, '1', 10, 'old')]]);
      expect(await t.values()).toEqual([['1', 'new', '11']]);
    });

    test('an older delete does not remove a newer row', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 11, 'new')], [remove(table, '1', 10)]]);
      expect(await t.values()).toEqual([['1', 'new', '11']]);
    });

    test('a newer delete removes an older row, and another delete finds nothing to do', async () => {
      await using t = await arrange((table) => [
        [upsert(table, '1', 10, 'old')],
        [remove(table, '1', 11)],
        [remove(table, '1', 9)],
      ]);
      expect(await t.values()).toEqual([]);
    });

    test('a change of the same version applies again: upsert and delete', async () => {
      await using t = await arrange((table) => [
        [upsert(table, '1', 10, 'once'), upsert(table, '2', 10, 'gone')],
        [upsert(table, '1', 10, 'twice'), remove(table, '2', 10)],
      ]);
      expect(await t.values()).toEqual([['1', 'twice', '10']]);
    });

    test('versions are compared as 64-bit numbers, not as text or doubles', async () => {
      await using t = await arrange((table) => [
        [aChange({ ...{ table, row: { id: '1', value: 'a', needed: '1' } }, seq: '18446744073709551614' })],
        [aChange({ ...{ table, row: { id: '1', value: 'b', needed: '1' } }, seq: '18446744073709551615' })],
        [aChange({ ...{ table, row: { id: '1', value: 'c', needed: '1' } }, seq: '9' })],
      ]);
      expect(await t.values()).toEqual([['1', 'b', '18446744073709551615']]);
    });

    test('a row without a version, written by another tool, is taken over', async () => {
      await using t = await arrange(() => []);
      await t.target.insertForeign(t.table, '1');
      await t.target.insertForeign(t.table, '2');
      await t.writer.write([upsert(t.table, '1', 3, 'ours'), remove(t.table, '2', 3)]);
      expect(await t.values()).toEqual([['1', 'ours', '3']]);
    });

    test('the markers say who wrote the row, when it was committed and its version', async () => {
      await using t = await arrange((table) => [
        [aChange({ table, row: { id: '1', needed: '1' }, seq: 5, commitTime: '2026-01-02 03:04:05.678' })],
      ]);
      const [row] = await t.target.readRows(t.table);
      expect(row).toMatchObject({ ergate_yn: '1', rpc_time: '2026-01-02 03:04:05.678', ergate_seq: '5' });
    });

    test('writing a batch a second time changes nothing', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 1, 'a'), upsert(table, '2', 1, 'b')]]);
      const batch = [
        upsert(t.table, '1', 2, 'A'),
        remove(t.table, '2', 3),
        upsert(t.table, '3', 4, null),
        remove(t.table, '4', 5),
        upsert(t.table, '4', 5, 'anew'),
      ];
      await t.writer.write(batch);
      const once = await t.target.readRows(t.table);
      await t.writer.write(batch);
      expect(await t.target.readRows(t.table)).toEqual(once);
      expect(once).toHaveLength(3);
    });

    test('a delete and an upsert of one key in a batch start the row anew', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 1, 'old')]]);
      const bare = aChange({ table: t.table, row: { id: '1', needed: '8' }, seq: 2 });
      await t.writer.write([remove(t.table, '1', 2), bare]);
      const [row] = await t.target.readRows(t.table);
      expect(row).toMatchObject({ value: null, note: 'none', needed: '8', ergate_seq: '2' });
    });

    test('a column that the change does not have is left alone in an update and defaulted in an insert', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 1, 'kept')]]);
      await t.writer.write(['1', '2'].map((id) => aChange({ table: t.table, row: { id, needed: '9' }, seq: 2 })));
      const rows = await t.target.readRows(t.table);
      expect(rows.map(({ value, note, needed }) => [value, note, needed])).toEqual([
        ['kept', 'n1', '9'],
        [null, 'none', '9'],
      ]);
    });

    test('a column that the table does not have is not written', async () => {
      await using t = await arrange((table) => [
        [aChange({ table, row: { id: '1', value: 'a', unknown: 'x', needed: '1' }, seq: 1 })],
      ]);
      expect(await t.values()).toEqual([['1', 'a', '1']]);
    });

    test('a change without a needed column updates a row that is there and is refused when there is none', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 1, 'old')]]);
      await t.writer.write([aChange({ table: t.table, row: { id: '1', value: 'new' }, seq: 2 })]);
      const error = await errorOf(
        t.writer.write([aChange({ table: t.table, row: { id: '2', value: 'new' }, seq: 2 })]),
      );
      expect(error.code).toBe('ERG_3204');
      expect(await t.values()).toEqual([['1', 'new', '2']]);
    });

    test('a row that the target refuses rolls the whole batch back, and the writer goes on', async () => {
      await using t = await arrange(() => []);
      const good = [upsert(t.table, '1', 1, 'a'), upsert(t.table, '3', 1, 'c')];
      const bad = aChange({ table: t.table, row: { id: '2', needed: '99999999999' }, seq: 1 });
      expect((await errorOf(t.writer.write([...good, bad]))).code).toBe('ERG_3202');
      expect(await t.values()).toEqual([]);
      await t.writer.write(good);
      expect(await t.values()).toHaveLength(2);
    });

    test('what a refused batch had done already does not come back with the next batch', async () => {
      await using t = await arrange((table) => [[upsert(table, '1', 1, 'a'), upsert(table, '2', 1, 'b')]]);
      const bad = aChange({ table: t.table, row: { id: '3', needed: '99999999999' }, seq: 2 });
      await errorOf(t.writer.write([remove(t.table, '1', 2), bad]));
      await t.writer.write([upsert(t.table, '2', 2, 'B')]);
      expect(await t.values()).toEqual([
        ['1', 'a', '1'],
        ['2', 'B', '2'],
      ]);
    });

    test('a value that its column cannot hold is refused before anything is sent, and named', async () => {
      await using t = await arrange(() => []);
      const error = await errorOf(
        t.writer.write([upsert(t.table, '1', 1, 'a'), upsert(t.table, '2', 1, 'eleven chars')]),
      );
      expect(error.code).toBe('ERG_3302');
      expect(error.class).toBe('row');
      expect(error.context).toMatchObject({ changeIndex: 1, column: 'value' });
      expect(await t.values()).toEqual([]);
    });

    test('a thousand rows of every kind arrive in one batch', async () => {
      await using t = await arrange((table) => [
        Array.from({ length: 500 }, (_, i) => upsert(table, String(i), 1, `v${i}`)),
      ]);
      await t.writer.write(
        Array.from({ length: 1_000 }, (_, i) =>
          i < 250 ? remove(t.table, String(i), 2) : upsert(t.table, String(i), 2, `w${i}`),
        ),
      );
      const expected = Array.from({ length: 750 }, (_, i) => [String(i + 250), `w${i + 250}`, '2']);
      expect(await t.values()).toEqual(expected);
    });

    test('a writer that was closed writes no more', async () => {
      await using t = await arrange(() => []);
      await t.writer.close();
      await t.writer.close();
      expect((await errorOf(t.writer.write([upsert(t.table, '1', 1, 'a')]))).class).toBe('expected');
    });
  });

  describe(`target contract: ${name}, unique index`, () => {
    async function arrange() {
      const target = await open();
      const table = await target.createContractTable('unique');
      const writer = await openOwned(target);
      await writer.write([upsert(table, '1', 1, 'one'), upsert(table, '2', 1, 'two')]);
      const values = async () => (await target.readRows(table)).map(({ id, value }) => [id, value]);
      return { table, writer, values, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() };
    }

    test('a row never overwrites another one that has its unique value', async () => {
      await using t = await arrange();
      expect((await errorOf(t.writer.write([upsert(t.table, '3', 2, 'one')]))).code).toBe('ERG_3207');
      expect((await errorOf(t.writer.write([upsert(t.table, '2', 2, 'one')]))).code).toBe('ERG_3207');
      expect(await t.values()).toEqual([
        ['1', 'one'],
        ['2', 'two'],
      ]);
    });

    test('unique values that move between rows arrive in the order of the batch', async () => {
      await using t = await arrange();
      await t.writer.write([
        upsert(t.table, '2', 2, 'three'),
        upsert(t.table, '1', 3, 'two'),
        upsert(t.table, '3', 4, 'one'),
      ]);
      await t.writer.write([remove(t.table, '3', 5), upsert(t.table, '2', 6, 'one')]);
      expect(await t.values()).toEqual([
        ['1', 'two'],
        ['2', 'one'],
      ]);
    });
  });

  describeFenceContract(name, open);
}
