/** The recorded records, whole again, and what has to be told about them. */
import connect from '../../../../../fixtures/debezium/connect.json' with { type: 'json' };
import iso from '../../../../../fixtures/debezium/iso.json' with { type: 'json' };
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

export const FIXTURES = { precise: unpack(precise), connect: unpack(connect), iso: unpack(iso), plain: unpack(plain) };

export type FixtureName = keyof typeof FIXTURES;

/** Forms that have to be told of the table of every type. */
export const FIXTURE_COLUMNS = {
  precise: {},
  // Texts for bytes: the schema part does not say that they are base64.
  connect: { c_binary: 'plain', c_varbinary: 'plain', c_blob: 'plain' },
  iso: { id: 'unsigned', c_big_u: 'unsigned', c_binary: 'base64url', c_varbinary: 'base64url', c_blob: 'base64url' },
  plain: {
    id: 'unsigned',
    c_big_u: 'unsigned',
    c_decimal: 'plain',
    c_decimal_wide: 'plain',
    c_decimal_whole: 'plain',
    c_bit10: 'bits',
    c_bit64: 'bits',
    c_date: 'date',
    c_time: 'time-us',
    c_time3: 'time-us',
    c_time6: 'time-us',
    c_datetime: 'datetime-ms',
    c_datetime3: 'datetime-ms',
    c_datetime6: 'datetime-us',
    c_timestamp: 'zoned',
    c_timestamp6: 'zoned',
    c_binary: 'hex',
    c_varbinary: 'hex',
    c_blob: 'hex',
    c_enum: 'enum',
  },
} as const satisfies Record<FixtureName, Record<string, string>>;

/** As the server spelled them when they were written; by id. */
export const ROWS: ReadonlyMap<string, Readonly<Record<string, string | null>>> = new Map(
  rows.map((row) => [row.id, row]),
);
