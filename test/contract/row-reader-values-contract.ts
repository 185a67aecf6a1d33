/**
 * One value, two ways: the cell that is read of a stored value is the cell that the capture tells of it. `FC_SEED` repeats a
 * run of the random rows, `ERGATE_RANDOM_ROWS` sets their number.
 */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { ErgateDecoder } from '../../protocol/change/decode/ergate-decoder.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { buildRig, type CaptureRig, openSchema } from '../support/capture-rig.ts';
import { CAPTURE_VALUES, CAPTURE_VALUES_OF } from '../support/capture-value-matrix.ts';
import type { DatabaseFlavour, FlavourServer } from '../support/database-flavours.ts';
import { propertySeed } from '../support/property-seed.ts';
import { createTables, RANDOM_TABLES, randomRow } from '../support/random-rows.ts';
import { getShape, openRowReader } from '../support/row-reader-rig.ts';
import { MORE_STORED_VALUES, MORE_STORED_VALUES_OF } from '../support/stored-value-matrix.ts';

const RANDOM_ROWS = Number(process.env['ERGATE_RANDOM_ROWS'] ?? 1_500);
const ROWS_AT_ONCE = 500;

/** Images of all inserts, in their order. */
function capturedImages({ producer }: CaptureRig): readonly RowImage[] {
  const decoder = new ErgateDecoder();
  return producer.sent.flatMap(({ value }) => {
    const record = decoder.decode(value);
    return record.kind === 'transaction' ? record.transaction.changes.flatMap(({ after }) => after ?? []) : [];
  });
}

const cellsOf = ({ layout, cells }: RowImage) => layout.names.map((name, at) => `${name}: ${cells[at]}`);

/** @param opened by a hook that runs before those of these tests */
export function testValues(flavour: DatabaseFlavour, opened: () => FlavourServer): void {
  const rowCount = flavour.flavour === 'MariaDB' ? RANDOM_ROWS : RANDOM_ROWS / 10;
  test('every value of the matrix is read as it is captured', async () => {
    await using db = await openSchema(opened().server, 'matrix');
    const more = [...MORE_STORED_VALUES, ...MORE_STORED_VALUES_OF[flavour.flavour]];
    const captured = [...CAPTURE_VALUES, ...CAPTURE_VALUES_OF[flavour.flavour]].map(
      ([type, sql]) => [type, sql] as const,
    );
    const matrix = [...captured, ...more];
    const columns = matrix.map(([type], index) => `c${index} ${type}`);
    await db.query(`SET SESSION sql_mode = ''; CREATE TABLE m (id INT PRIMARY KEY, ${columns.join(', ')})`);
    await using rig = buildRig({
      server: opened().server,
      schema: 'matrix',
      serverId: 9601,
      tables: { m: { recordKey: ['id'] } },
    });
    await rig.actor.start();
    await db.query(
      `INSERT INTO m (id, ${matrix.map((_, index) => `c${index}`)}) VALUES (1, ${matrix.map(([, sql]) => sql).join(', ')})`,
    );
    await rig.producer.until(({ sent }) => sent.length > 0);

    using reader = openRowReader({ server: opened().server, schema: 'matrix' });
    const rows = await reader.readMany(await getShape(reader, 'm'), [['1']]);
    const [row] = [...rows.values()].map(({ image }) => cellsOf(image));
    const named = (lines: readonly string[] = []) => lines.map((line, at) => `${matrix[at - 1]?.[0]} ${line}`);
    expect(named(row)).toEqual(named(capturedImages(rig).flatMap(cellsOf)));
  });

  test(`${rowCount} random rows are read as they are captured`, async () => {
    const seed = propertySeed().seed ?? Math.floor(Math.random() * 2 ** 32);
    const random = new SeededRandom(seed, 2);
    await using db = await openSchema(opened().server, 'random_rows');
    await db.query(`SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'; ${createTables()}`);
    const tables = Object.fromEntries(RANDOM_TABLES.map(({ name }) => [name, { recordKey: ['id'] }]));
    await using rig = buildRig({
      server: opened().server,
      schema: 'random_rows',
      serverId: 9602,
      tables,
      partitions: 1,
    });
    await rig.actor.start();
    using reader = openRowReader({ server: opened().server, schema: 'random_rows' });
    for (let from = 0, round = 0; from < rowCount; from += ROWS_AT_ONCE, round += 1) {
      const table = RANDOM_TABLES[round % RANDOM_TABLES.length] ?? RANDOM_TABLES[0];
      if (table === undefined) {
        throw new Error('no table');
      }
      const ids = Array.from({ length: Math.min(ROWS_AT_ONCE, rowCount - from) }, (_, at) => String(from + at));
      await db.query(
        `INSERT INTO ${table.name} VALUES ${ids.map((id) => `(${[id, ...randomRow(table, random).map(({ sql }) => sql)]})`)}`,
      );
      await rig.producer.until(({ sent }) => sent.length >= from + ids.length);
      const rows = await reader.readMany(
        await getShape(reader, table.name),
        ids.map((id) => [id]),
      );
      expect(rows.size).toBe(ids.length);
      const read = new Map([...rows.values()].map(({ image }) => [image.cells[0], cellsOf(image)]));
      const different = capturedImages(rig)
        .slice(from)
        .flatMap((image) => {
          const there = read.get(image.cells[0] ?? '');
          return cellsOf(image).flatMap((line, at) => (line === there?.[at] ? [] : [[line, there?.[at]]]));
        });
      expect(different, `FC_SEED=${seed}`).toEqual([]);
    }
  });
}
