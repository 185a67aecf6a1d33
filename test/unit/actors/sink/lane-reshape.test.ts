/** What a lane does when a table turns out to be another one than its rows were prepared for. */
import { expect, test } from 'vitest';
import { Lane } from '../../../../actors/sink/lane.ts';
import { withTable } from '../../../../actors/sink/lane-entry.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anEntry, anImage, aTable } from '../../../support/sink-builders.ts';

const PLAIN = aTable();
const UNIQUE = aTable({ uniqueIndexes: [{ name: 'a', columns: ['a'] }] });

const change = (id: string, a: string) => anEntry({ key: id, table: PLAIN, image: anImage({ id, a, b: '1' }) });

test('rows that were folded before a unique index was there are written again in the order of their changes', async () => {
  const writes: string[][] = [];
  const settled = Promise.withResolvers<number>();
  let entriesWritten = 0;
  const lane = new Lane({
    shard: 'seller0',
    lane: 0,
    writer: {
      write: async (changes) => {
        writes.push(changes.map(({ key, image }) => `${key}=${image?.cells[1]}`));
        if (changes[0]?.table === PLAIN) {
          throw new ReplicationError('ERG_3204', 'hit another row');
        }
      },
      close: async () => {},
    },
    limits: { minRows: 64, maxRows: 64, maxBytes: 100_000, growBelow: 50, shrinkAbove: 100 },
    onWritten: (entries) => {
      entriesWritten += entries.length;
      if (entriesWritten === 3) {
        settled.resolve(lane.queued);
      }
    },
    onRefused: (_, __, error) => settled.reject(error),
    onRetry: () => {},
    onFenced: settled.reject,
    refreshTables: async () => {},
    renewRow: ({ last, removal }) => ({ last: withTable(last, UNIQUE), removal }),
    clock: new ManualClock(),
    logger: silentLogger,
    random: () => 0,
  });
  // 1 has 'x' and 2 has 'y'; they exchange them by way of a third value.
  for (const entry of [change('1', 'z'), change('2', 'x'), change('1', 'y')]) {
    lane.push(entry);
  }
  expect(await settled.promise).toBe(0);
  await lane.stop();
  expect(writes).toEqual([['1=y', '2=x'], ['1=z', '2=x'], ['1=y']]);
});
