/** However a batch is ordered and divided for the wire, each change is in it once, and where order matters it is kept. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MysqlWritePlanner } from '../../actors/target/mysql/mysql-write-planner.ts';
import { planWrite } from '../../actors/target/plan-write.ts';
import type { ShardChange } from '../../actors/target/target-shard.ts';
import { aChange } from '../support/build-change.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aColumn, aTable, MARKER_COLUMNS } from '../support/target-table.ts';

const PARAMETERS = { numRuns: 500, ...propertySeed() };
const columns = [
  aColumn('id', 'integer', 'bigint(20)', { nullable: false, hasDefault: false }),
  aColumn('v', 'text', 'mediumtext'),
  ...MARKER_COLUMNS,
];
const PLAIN = aTable({ name: 'plain', columns });
const UNIQUE = aTable({ name: 'unique_v', columns, uniqueIndexes: [{ name: 'v', columns: ['v'] }] });

/** One change per key, or a delete directly followed by an upsert: what a lane gives to a writer. */
const batch: fc.Arbitrary<readonly ShardChange[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.nat({ max: 10_000 }).map(String),
      table: fc.constantFrom(PLAIN, UNIQUE),
      kind: fc.constantFrom('upsert', 'delete', 'replace'),
      v: fc.string({ unit: 'grapheme', maxLength: 40 }),
    }),
    { selector: ({ id, table }) => `${table.name} ${id}`, minLength: 1, maxLength: 60 },
  )
  .map((drafts) =>
    drafts.flatMap(({ id, table, kind, v }, at) => {
      const remove = aChange({ table, op: 'delete', row: { id }, seq: at });
      const upsert = aChange({ table, row: { id, v }, seq: at });
      return kind === 'replace' ? [remove, upsert] : kind === 'delete' ? [remove] : [upsert];
    }),
  );

const DELETE = { order: 'delete' } as const;
const UPSERT = { order: 'upsert' } as const;
const AS_GIVEN = { order: 'as-given' } as const;

function formOf({ table, op }: ShardChange) {
  if (table === UNIQUE) {
    return AS_GIVEN;
  }
  return op === 'delete' ? DELETE : UPSERT;
}

test('every change is planned once: deletes by key, upserts by key, then what depends on each other as it came', () => {
  fc.assert(
    fc.property(batch, (changes) => {
      const steps = planWrite(changes, formOf);
      const planned = steps.flatMap((step) => step.changes);
      expect(new Set(planned)).toEqual(new Set(changes));
      expect(planned).toHaveLength(changes.length);
      const ranks = planned.map((change) => [DELETE, UPSERT, AS_GIVEN].indexOf(formOf(change) as typeof DELETE));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(planned.filter(({ table }) => table === UNIQUE)).toEqual(changes.filter(({ table }) => table === UNIQUE));
      for (const { form, changes: together } of steps.filter((step) => step.form !== AS_GIVEN)) {
        const keys = together.map(({ key }) => key);
        expect(keys, form.order).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
      }
    }),
    PARAMETERS,
  );
});

const FRAME = { head: 'START TRANSACTION', tail: 'COMMIT' };
/** Larger than any row of the batches above with what is fixed about its statement. */
const MIN_PACKET_BYTES = 2_000;

test('packets keep to the limit, begin and commit once, and hold the same rows whatever the limit', () => {
  const planner = new MysqlWritePlanner({ writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' }, 20);
  fc.assert(
    fc.property(batch, fc.integer({ min: MIN_PACKET_BYTES, max: 20_000 }), (changes, maxPacketBytes) => {
      const packets = planner.plan(changes, FRAME, maxPacketBytes);
      const frameBytes = FRAME.head.length + FRAME.tail.length + 2;
      for (const packet of packets) {
        expect(Buffer.byteLength(packet)).toBeLessThanOrEqual(maxPacketBytes + frameBytes);
      }
      const all = packets.join(';');
      expect(all.startsWith('START TRANSACTION;')).toBe(true);
      expect(all.endsWith(';COMMIT')).toBe(true);
      expect(packets.slice(0, -1).some((packet) => packet.endsWith('COMMIT'))).toBe(false);
      const alone = changes.map((change) => rowText(planner.planStatements([change], 1 << 20)));
      for (const text of alone) {
        expect(all).toContain(text);
      }
    }),
    PARAMETERS,
  );
});

/** What is written about one row, without what it shares with others. */
function rowText([statement = '']: readonly string[]): string {
  const values = /^INSERT INTO .*? VALUES (.*) ON DUPLICATE KEY UPDATE /s.exec(statement);
  return values?.[1] ?? statement.replace(/^DELETE FROM \S+ WHERE /, '');
}
