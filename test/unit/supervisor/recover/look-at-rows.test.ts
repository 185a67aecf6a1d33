import { describe, expect, test } from 'vitest';
import type { RowVerdict, RowWitness } from '../../../../actors/row/row-witness.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { RowName } from '../../../../protocol/verify/row-name.ts';
import { lookAtRows, type WantedRow } from '../../../../supervisor/recover/look-at-rows.ts';

const different = (mismatch: 'missing' | 'extra' | 'different', columns: readonly string[] = []): RowVerdict => ({
  kind: 'different',
  mismatch,
  columns,
  sourceDigest: null,
  targetDigest: null,
  expected: null,
  actual: null,
});

const VERDICTS: Readonly<Record<string, RowVerdict>> = {
  right: { kind: 'equal', digest: 'x' },
  moving: { kind: 'moving' },
  missing: different('missing'),
  extra: different('extra'),
  different: different('different', ['memo']),
  away: { kind: 'unreadable', error: new ReplicationError('ERG_3001', 'nobody answers') },
};

class ScriptedWitness implements RowWitness {
  readonly looks: number[] = [];

  async look(rows: readonly RowName[]): Promise<readonly RowVerdict[]> {
    this.looks.push(rows.length);
    return rows.map(({ rowKey }) => VERDICTS[rowKey] ?? { kind: 'equal', digest: null });
  }
}

function wanted(rowKey: string): WantedRow {
  return { partition: 0, row: { table: 'orders', shard: 's0', rowKey, targetKey: [], sourceKey: [] }, caseId: null };
}

describe('a look at rows', () => {
  test('tells what a repair would do with each, in their order', async () => {
    const looked = await lookAtRows(Object.keys(VERDICTS).map(wanted), {
      witness: new ScriptedWitness(),
      maxLooks: 10,
    });
    expect(looked.map(({ item, columns, note }) => [item.row.rowKey, item.action, columns.join(), note])).toEqual([
      ['right', 'equal', '', ''],
      ['moving', 'moving', '', ''],
      ['missing', 'insert', '', ''],
      ['extra', 'delete', '', ''],
      ['different', 'update', 'memo', ''],
      ['away', 'unreadable', '', 'ERG_3001: nobody answers'],
    ]);
  });

  test('of more rows than may be looked at takes some from the whole of them', async () => {
    const witness = new ScriptedWitness();
    const seen: number[] = [];
    const rows = Array.from({ length: 3_000 }, (_, index) => wanted(`k${index}`));
    const looked = await lookAtRows(rows, { witness, maxLooks: 1_200, onLooked: (count) => seen.push(count) });
    expect(looked.map(({ item }) => item.row.rowKey)).toEqual(rows.map(({ row }) => row.rowKey));
    const places = looked.flatMap(({ item }, index) => (item.action === 'unseen' ? [] : [index]));
    expect(places).toHaveLength(1_200);
    const gaps = places.map((place, index) => place - (places[index - 1] ?? -1));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3);
    expect(witness.looks).toEqual([500, 500, 200]);
    expect(seen).toEqual([500, 1_000, 1_200]);
  });
});
