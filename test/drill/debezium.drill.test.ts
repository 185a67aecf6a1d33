/** npm run drill -- debezium [--seed N] [--schema on|off] [--modes first|second|third] …: see docs/10-foreign-formats.md */
import { expect } from 'vitest';
import { type FeedChoice, listPresets } from '../support/drill/debezium/feed-choice.ts';
import { startFeedDrill } from '../support/drill/debezium/start-feed-drill.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';

/** Two minutes on an idle machine; its waits have deadlines of their own. */
const WITHIN_MS = 15 * 60_000;
const WHY_LEFT_OUT = 'it needs a second JVM; what the connector writes is recorded in test/fixtures/debezium';

async function drillFeed(preset: Partial<FeedChoice>): Promise<void> {
  const drill = await startFeedDrill(preset);
  await drill.untilRandomMoment(); // rows that only the snapshot can bring
  await drill.connectSource();
  await drill.untilPastSnapshot();
  await drill.untilArriving();
  for (let kills = 0; kills < 2; kills++) {
    await drill.untilRandomMoment();
    await drill.killConnect();
    await drill.untilRandomMoment();
    await drill.startConnect();
    await drill.untilArriving();
  }
  await drill.changeSourceTables('ALTER TABLE every_type ADD COLUMN c_added INT NULL DEFAULT 7');
  drill.killNode(drill.random.pick(['node-1', 'node-2']));
  await drill.untilRandomMoment();
  await drill.untilArriving();

  const { differing, comparedRows, findings, feed, surprises, sourceChanges, choice } = await drill.finish();
  expect(differing).toEqual([]);
  expect(findings).toEqual([]);
  expect(surprises).toBe(0);
  // It was a real feed, with everything in it.
  const { c = 0, u = 0, d = 0, r = 0 } = feed.changes;
  expect(c + u + d + r).toBeGreaterThan(sourceChanges / 2);
  for (const count of [c, u, d, r, feed.tombstones, feed.repeats]) {
    expect(count).toBeGreaterThan(0);
  }
  for (const count of [feed.heartbeats, feed.transactionMarks, feed.schemaChanges]) {
    expect(count).toBeGreaterThan(0);
  }
  expect(feed.withSchema > 0).toBe(choice.schema === 'on');
  for (const rows of Object.values(comparedRows)) {
    expect(rows).toBeGreaterThan(20);
  }
}

for (const preset of listPresets()) {
  const told = Object.entries(preset).map(([option, value]) => `, ${option} ${value}`);
  const name = `the targets are equal to a source that Debezium reads${told.join('')}`;
  testOnRequest(name, WHY_LEFT_OUT, () => drillFeed(preset), WITHIN_MS);
}
