/** Change records read by this file alone: numbers keep their text, because keys are wider than 53 bits. */
import type { StreamChange } from './history.ts';

/** In the words of the checkers: which columns tell rows of a table apart. */
export const KEY_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  orders: ['order_no'],
  product_order: ['product_order_no'],
  payment: ['payment_no'],
  delivery: ['product_order_no', 'dispatch_no'],
  measure: ['measure_no'],
};

export type RowText = Readonly<Record<string, string | null>>;

interface Payload {
  readonly op: string;
  readonly table: string;
  readonly old: RowText | null;
  readonly new: RowText | null;
}

export interface DecodedRecord {
  readonly changes: readonly StreamChange[];
  /** After images of product orders that the record has. */
  readonly productOrders: readonly RowText[];
}

/** @throws Error when the record is not one that the capture of the order database writes */
export function decodeRecord(partition: number, offset: number, value: Buffer): DecodedRecord {
  const record = parseExact(value.toString('utf8')) as { payloads?: readonly Payload[]; heartbeat?: unknown };
  if (record.payloads === undefined && record.heartbeat === undefined) {
    throw new Error(`record ${partition}/${offset} has neither payloads nor a heartbeat`);
  }
  const payloads = record.payloads ?? [];
  return {
    changes: payloads.flatMap((payload) =>
      readStates(payload).map((state) => ({ partition, offset, table: payload.table, ...state })),
    ),
    productOrders: payloads.flatMap(({ table, new: after, old: before }) => {
      const row = after ?? before;
      return table === 'product_order' && row !== null ? [row] : [];
    }),
  };
}

function readStates({ table, old: before, new: after }: Payload): { key: string; rank: number }[] {
  const gone = before === null ? undefined : { key: keyOf(table, before), rank: 2 * verOf(before) + 1 };
  const there = after === null ? undefined : { key: keyOf(table, after), rank: 2 * verOf(after) };
  if (gone !== undefined && there !== undefined && gone.key === there.key) {
    return [there];
  }
  return [gone, there].filter((state) => state !== undefined);
}

/** @throws Error for a table whose key is not known, or a row without it */
export function keyOf(table: string, row: Readonly<Record<string, unknown>>): string {
  const columns = KEY_COLUMNS[table];
  if (columns === undefined) {
    throw new Error(`no key is known for table ${table}`);
  }
  const parts = columns.map((column) => row[column]);
  if (parts.some((part) => part === undefined || part === null)) {
    throw new Error(`a row of ${table} lacks a part of its key ${columns.join()}`);
  }
  return parts.map(String).join(',');
}

function verOf(row: RowText): number {
  const ver = Number(row['ver']);
  if (!Number.isSafeInteger(ver) || ver < 1) {
    throw new Error(`expected a ver of 1 or more, got ${row['ver']}`);
  }
  return ver;
}

/** The third argument of a reviver holds the text of a number; the compiler's library does not know it yet. */
type ExactParse = (
  text: string,
  revive: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown;

function parseExact(text: string): unknown {
  return (JSON.parse as ExactParse)(text, (_, value, context) => (typeof value === 'number' ? context.source : value));
}
