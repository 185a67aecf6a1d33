/** Keys in which a character is stored that the set of its column does not have: no other session can be shown them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import type { StoredRow } from '../../actors/row/row-reader.ts';
import { createSweepSides } from '../../actors/sweeper/create-sweep-sides.ts';
import { readChunk } from '../../actors/sweeper/read-chunk.ts';
import { RowOwner } from '../../actors/sweeper/row-owner.ts';
import { TableWatch } from '../../actors/sweeper/swept-table.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { getShape, openRowReader } from '../support/row-reader-rig.ts';
import { buildPipelineSettings, openTestSession } from '../support/sink-rig.ts';

/** 0xC9A1 is a code of EUC-KR that stands for no character. */
const NO_CHARACTER = "x'c9a1'";
const SETTINGS = buildPipelineSettings({ tables: { orders: {} } });

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-unreadable-'));
  server = await startMariadb({ folder, name: 'both' });
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const nameOf = ({ key, keyCells }: StoredRow): RowName => ({
  table: 'orders',
  shard: 't',
  rowKey: key,
  targetKey: [['k', String(keyCells[0])]],
  sourceKey: [['k', String(keyCells[0])]],
});

test('a row with such a key is never equal, nor keeps others from being compared', async () => {
  await using sql = await openTestSession(server, ['s', 't']);
  const create = 'CREATE TABLE orders (k VARCHAR(9) CHARACTER SET euckr PRIMARY KEY, v INT';
  await sql.query(`USE s; ${create}); INSERT INTO orders VALUES ('가', 1), (${NO_CHARACTER}, 2), ('힝', 3);
    USE t; ${create}, ergate_seq BIGINT UNSIGNED); INSERT INTO orders VALUES ('가', 1, 1)`);
  using source = openRowReader({ server, schema: 's' });
  using target = openRowReader({ server, schema: 't' });
  const parts = {
    settings: SETTINGS,
    source,
    targets: [{ name: 't', reader: target }],
    openLookup: expect.unreachable,
  };
  const witness = createRowWitness({ ...parts, clock: systemClock });
  const rows = await source.readRange(await getShape(source, 'orders'), {
    after: undefined,
    through: undefined,
    limit: 9,
  });
  const verdicts = await witness.look(rows.map(nameOf));
  const seen = verdicts.map((verdict) => (verdict.kind === 'unreadable' ? verdict.error.code : verdict.kind));
  expect(seen.sort()).toEqual(['ERG_4088', 'different', 'equal']);

  const sides = createSweepSides({ ...parts, clock: systemClock });
  const watch = new TableWatch(sides, 'orders', SETTINGS.tables['orders']);
  const table = await watch.read();
  const candidates: string[] = [];
  for (const limit of [2, 3]) {
    let place: Parameters<typeof readChunk>[1] | undefined = { side: { of: 'both' }, key: ['k'], after: undefined };
    while (place !== undefined) {
      const chunk = await readChunk({ sides, table, owner: new RowOwner(new Map(), 1), span: {}, limit }, place);
      candidates.push(...chunk.candidates.map(({ row }) => String(row.targetKey[0]?.[1]).slice(0, 1)));
      place = chunk.next;
    }
  }
  expect(candidates.sort()).toEqual(['힝', '힝', '\udfff', '\udfff']);
});
