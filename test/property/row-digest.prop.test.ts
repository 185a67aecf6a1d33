/** Digests: equal for rows that compare equal, and for no others. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBy, listCompared } from '../../actors/row/compare-row.ts';
import { planDigests } from '../../actors/row/digest-row.ts';
import { buildLayout } from '../../protocol/change/row-image.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aColumn, aTable } from '../support/target-table.ts';

const PARAMETERS = { numRuns: 500, ...propertySeed() };

const TABLE = aTable({
  columns: ['id', 'a', 'b', 'c'].map((name) => aColumn(name, 'text', 'varchar(99)', { maxLength: 99 })),
});
const LAYOUT = buildLayout(TABLE.columns.map(({ name }) => name));
const COMPARED = listCompared(LAYOUT, LAYOUT, TABLE, { isMarker: () => false });
const DIGESTS = planDigests(COMPARED);
const compare = compareBy(COMPARED);

type Row = readonly (string | null)[];

const imageOf = (cells: Row) => ({ layout: LAYOUT, cells });
const digestOf = (row: Row) => DIGESTS.ofStored(imageOf(row));

/** Likely to be taken for each other: NULL and its spellings, and texts that meet where one ends. */
const cell = fc.option(fc.string({ unit: fc.constantFrom('1', ':', 'n', '\0', 'a', '한', '\ufffd'), maxLength: 4 }));
const row: fc.Arbitrary<Row> = fc.tuple(cell, cell, cell, cell);

test('two rows have one digest exactly when they compare equal', () => {
  fc.assert(
    fc.property(row, row, (left, right) => {
      const isEqual = left.every((one, index) => one === right[index]);
      expect(compare(imageOf(left), imageOf(right)).length === 0).toBe(isEqual);
      expect(DIGESTS.ofExpected(imageOf(left)) === digestOf(right)).toBe(isEqual);
    }),
    PARAMETERS,
  );
});

test('bytes that could not be read have digests of their own', () => {
  const broken = ['\udfffeda080', '\udfffeda081', '\ufffdeda080'];
  expect(new Set(broken.map((text) => digestOf(['1', text, null, null]))).size).toBe(broken.length);
});

test('digests of other columns are never the same', () => {
  const other = planDigests(COMPARED.slice(1));
  const renamed = planDigests(COMPARED.map((column, index) => ({ ...column, name: index === 0 ? 'x' : column.name })));
  const image = imageOf([null, 'a', 'b', 'c']);
  expect(new Set([DIGESTS, other, renamed].map(({ ofStored }) => ofStored(image))).size).toBe(3);
});
