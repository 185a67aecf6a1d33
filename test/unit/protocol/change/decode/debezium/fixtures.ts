/** The recorded records, whole again. */
import connect from '../../../../../fixtures/debezium/connect.json' with { type: 'json' };
import plain from '../../../../../fixtures/debezium/plain.json' with { type: 'json' };
import precise from '../../../../../fixtures/debezium/precise.json' with { type: 'json' };
import rows from '../../../../../fixtures/debezium/rows.json' with { type: 'json' };

export interface FixtureRecord {
  readonly topic: string;
  readonly value: Buffer | null;
}

interface PackedFixture {
  readonly heads: readonly string[];
  readonly records: readonly { readonly topic: string; readonly head: number; readonly value: string | null }[];
}

function unpack({ heads, records }: PackedFixture): readonly FixtureRecord[] {
  return records.map(({ topic, head, value }) => ({
    topic,
    value: value === null ? null : Buffer.from((heads[head] ?? '') + value),
  }));
}

export const FIXTURES = { precise: unpack(precise), connect: unpack(connect), plain: unpack(plain) };

/** As the server spelled them when they were written; by id. */
export const ROWS: ReadonlyMap<string, Readonly<Record<string, string | null>>> = new Map(
  rows.map((row) => [row.id, row]),
);
