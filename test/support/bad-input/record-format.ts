/** Records as each format writes them, as texts, so that a case can bend any byte of them. */
export interface ChangeText {
  readonly op: 'insert' | 'update' | 'delete';
  readonly table: string;
  /** JSON objects. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface RecordFormat {
  readonly name: 'ergate' | 'debezium' | 'maxwell';
  /** Of the pipeline's source. */
  readonly source: object;
  write(change: ChangeText, position: number): string;
}

const COMMIT_TIME_MS = 1_767_225_600_000;

export function sourceText(position: number): string {
  return `{"epoch":0,"file":1,"position":${position},"ordinal":0}`;
}

export function ergateRecord(position: number, payloads: string): string {
  return `{"commitTime":${COMMIT_TIME_MS + position},"source":${sourceText(position)},"payloads":${payloads}}`;
}

function payloadText({ op, table, before, after }: ChangeText): string {
  return `{"op":"${op}","table":${JSON.stringify(table)},"old":${before},"new":${after}}`;
}

export const ergateFormat: RecordFormat = {
  name: 'ergate',
  source: {},
  write: (change, position) => ergateRecord(position, `[${payloadText(change)}]`),
};

/** The connector writes the position as numbers of its own; here only its order matters. */
export function debeziumSource(table: string, position: number): string {
  const file = '"file":"binlog.000001"';
  return `{"connector":"mariadb","ts_ms":${COMMIT_TIME_MS + position},"snapshot":"false","db":"shop","table":${JSON.stringify(table)},${file},"pos":${position},"row":0}`;
}

const DEBEZIUM_OPS = { insert: 'c', update: 'u', delete: 'd' } as const;

export const debeziumFormat: RecordFormat = {
  name: 'debezium',
  source: {
    format: 'debezium',
    logEpoch: 0,
    debezium: { withoutSchema: 'accept' },
    columns: { plain: { id: 'plain' }, dated: { id: 'plain', v: 'date' } },
  },
  write: ({ op, table, before, after }, position) =>
    `{"before":${before},"after":${after},"source":${debeziumSource(table, position)},"op":"${DEBEZIUM_OPS[op]}","ts_ms":${COMMIT_TIME_MS}}`,
};

/** `old` holds what an update changed; the rest is in `data`. */
export const maxwellFormat: RecordFormat = {
  name: 'maxwell',
  source: { format: 'maxwell', logEpoch: 0 },
  write: ({ op, table, before, after }, position) => {
    const seconds = Math.floor((COMMIT_TIME_MS + position) / 1_000);
    const old = op === 'update' ? `,"old":${before}` : '';
    return `{"database":"shop","table":${JSON.stringify(table)},"type":"${op}","ts":${seconds},"xid":${position},"commit":true,"position":"binlog.000001:${position}","data":${after ?? before}${old}}`;
  },
};
