/** Records of the format `debezium` to decode, and what comes of them. */
import { DebeziumDecoder } from '../../../../../../protocol/change/decode/debezium/debezium-decoder.ts';
import type { DebeziumFormat } from '../../../../../../protocol/change/decode/foreign-format.ts';
import type { DecodedRecord } from '../../../../../../protocol/change/decode/record-decoder.ts';
import type { RowImage } from '../../../../../../protocol/change/row-image.ts';
import type { RowChange } from '../../../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../../../protocol/errors/replication-error.ts';

export const COMMIT_TIME = 1_767_225_600_000;

export function aDecoder(format: Partial<DebeziumFormat> = {}): DebeziumDecoder {
  return new DebeziumDecoder({
    logEpoch: undefined,
    columns: {},
    withoutSchema: 'accept',
    truncate: 'finding',
    isBinary: () => false,
    ...format,
  });
}

export function aSource(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: '3.2.0.Final',
    connector: 'mariadb',
    ts_ms: COMMIT_TIME,
    snapshot: 'false',
    db: 'shop',
    table: 'orders',
    file: 'binlog.000002',
    pos: 700,
    row: 1,
    ...fields,
  });
}

export interface EnvelopeDraft {
  readonly op?: string;
  readonly before?: string;
  readonly after?: string;
  readonly source?: string;
}

export function anEnvelope({ op = 'c', before = 'null', after = 'null', source = aSource() }: EnvelopeDraft): string {
  return `{"before":${before},"after":${after},"source":${source},"op":"${op}","ts_ms":${COMMIT_TIME + 5}}`;
}

export interface FieldDraft {
  readonly type: string;
  readonly field: string;
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export function aSchema(fields: readonly FieldDraft[]): string {
  const image = (field: string) => ({ type: 'struct', fields, optional: true, field });
  return JSON.stringify({ type: 'struct', fields: [image('before'), image('after')], name: 'shop.Envelope' });
}

export function withSchema(schema: string, payload: string): string {
  return `{"schema":${schema},"payload":${payload}}`;
}

export function decode(value: string | Buffer, decoder = aDecoder()): DecodedRecord {
  return decoder.decode(Buffer.from(value));
}

export function changeOf(value: string, decoder?: DebeziumDecoder): RowChange {
  const decoded = decode(value, decoder);
  if (decoded.kind !== 'transaction') {
    throw new Error('expected a transaction');
  }
  return decoded.transaction.changes[0]!;
}

export function rowOf(image: RowImage | null): Record<string, unknown> {
  if (image === null) {
    throw new Error('expected an image');
  }
  return Object.fromEntries(image.layout.names.map((name, index) => [name, image.cells[index]]));
}

export function refusalOf(value: string | Buffer, decoder?: DebeziumDecoder): ReplicationError {
  try {
    decode(value, decoder);
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a refusal');
}

export const ORDERS = aSchema([
  { type: 'int64', field: 'id' },
  { type: 'string', field: 'memo' },
]);
export const INSERT = anEnvelope({ after: '{"id":7,"memo":"fine"}' });
