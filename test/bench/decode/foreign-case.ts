import type { DecodeCase } from './decode-case.ts';

interface Payload {
  readonly table: string;
  readonly old: Readonly<Record<string, unknown>>;
  readonly new: Readonly<Record<string, unknown>>;
}

const SOURCE_FIELDS =
  'version:string connector:string name:string ts_ms:int64 snapshot:string db:string sequence:string ts_us:int64 ts_ns:int64 table:string server_id:int64 gtid:string file:string pos:int64 row:int32 thread:int64 query:string';

/** The updates of the drain benchmark as other captures would write them. @param updates records of the format `ergate` */
export function buildForeignCases(updates: readonly string[]): DecodeCase[] {
  const payloads = updates.map((text) => (JSON.parse(text) as { payloads: [Payload] }).payloads[0]); // its own records
  const envelopes = payloads.map(writeEnvelope);
  const head = writeHead(payloads[0] as Payload); // there are thousands
  const toBytes = (texts: readonly string[]) => texts.map((text) => Buffer.from(text));
  return [
    {
      name: 'debezium update with schema',
      format: 'debezium',
      values: toBytes(envelopes.map((envelope) => `${head}${envelope}}`)),
      payloads: toBytes(envelopes),
    },
    { name: 'debezium update without schema', format: 'debezium', values: toBytes(envelopes) },
    { name: 'maxwell update', format: 'maxwell', values: toBytes(payloads.map(writeMaxwell)) },
  ];
}

function writeEnvelope(payload: Payload, index: number): string {
  const ms = 1_795_578_608_000 + index;
  const source = {
    version: '3.2.0.Final',
    connector: 'mariadb',
    name: 'bench',
    ts_ms: ms,
    snapshot: 'false',
    db: 'bench',
    sequence: null,
    ts_us: ms * 1_000,
    ts_ns: ms * 1_000_000,
    table: payload.table,
    server_id: 1,
    gtid: `0-1-${index}`,
    file: 'binlog.000001',
    pos: 4_000 + index * 700,
    row: 0,
    thread: null,
    query: null,
  };
  return JSON.stringify({
    before: toDebezium(payload.old),
    after: toDebezium(payload.new),
    source,
    transaction: null,
    op: 'u',
    ts_ms: ms,
    ts_us: ms * 1_000,
    ts_ns: ms * 1_000_000,
  });
}

const DATETIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;

/** Date and time as the connector has them by default, in microseconds. */
function toDebezium(image: Payload['new']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]) => [
      name,
      typeof value === 'string' && DATETIME.test(value)
        ? Date.parse(`${value.slice(0, 19)}Z`) * 1_000 + 123_456
        : value,
    ]),
  );
}

function writeHead({ table, new: row }: Payload): string {
  const columns = Object.entries(row).map(([field, value]) => ({ ...typeOf(value), optional: true, field }));
  const image = (field: string) => ({
    type: 'struct',
    fields: columns,
    optional: true,
    name: `bench.bench.${table}.Value`,
    field,
  });
  const source = SOURCE_FIELDS.split(' ').map((pair) => {
    const [field, type] = pair.split(':');
    return { type, optional: true, field };
  });
  const stamp = (field: string) => ({ type: 'int64', optional: true, field });
  const schema = {
    type: 'struct',
    fields: [
      image('before'),
      image('after'),
      {
        type: 'struct',
        fields: source,
        optional: false,
        name: 'io.debezium.connector.mariadb.Source',
        field: 'source',
      },
      { type: 'string', optional: false, field: 'op' },
      stamp('ts_ms'),
      stamp('ts_us'),
      stamp('ts_ns'),
    ],
    optional: false,
    name: `bench.bench.${table}.Envelope`,
    version: 2,
  };
  return `{"schema":${JSON.stringify(schema)},"payload":`;
}

function typeOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'number') {
    return { type: 'int64' };
  }
  return typeof value === 'string' && DATETIME.test(value)
    ? { type: 'int64', name: 'io.debezium.time.MicroTimestamp', version: 1 }
    : { type: 'string' };
}

function writeMaxwell(payload: Payload, index: number): string {
  const changed = Object.entries(payload.old).filter(([name, value]) => value !== payload.new[name]);
  return JSON.stringify({
    database: 'bench',
    table: payload.table,
    type: 'update',
    ts: 1_795_578_608,
    xid: index,
    commit: true,
    data: payload.new,
    old: Object.fromEntries(changed),
  });
}
