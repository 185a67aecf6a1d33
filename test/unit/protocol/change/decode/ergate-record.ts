/** Records of the format `ergate` to decode, and what comes of them. */
import { expect } from 'vitest';
import { ErgateDecoder } from '../../../../../protocol/change/decode/ergate-decoder.ts';
import type { DecodedRecord } from '../../../../../protocol/change/decode/record-decoder.ts';
import type { SourceTransaction } from '../../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../../protocol/errors/replication-error.ts';

export const COMMIT_TIME = 1_767_225_600_123;
export const SOURCE = '{"epoch":1,"file":3,"position":456,"ordinal":0}';
export const GOOD = '{"op":"insert","table":"orders","old":null,"new":{"id":7,"memo":"fine"}}';

export function aRecord(payloads: string): string {
  return `{"commitTime":${COMMIT_TIME},"source":${SOURCE},"payloads":${payloads}}`;
}

export function anInsert(image: string): string {
  return `{"op":"insert","table":"orders","old":null,"new":${image}}`;
}

export function decode(value: string | Buffer, decoder = new ErgateDecoder()): DecodedRecord {
  return decoder.decode(Buffer.from(value));
}

export function transactionOf(value: string | Buffer, decoder?: ErgateDecoder): SourceTransaction {
  const decoded = decode(value, decoder);
  if (decoded.kind !== 'transaction') {
    throw new Error('expected a transaction');
  }
  return decoded.transaction;
}

export function refusalOf(value: string | Buffer): ReplicationError {
  try {
    decode(value);
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a refusal');
}

/** The cells of an inserted image, by name. */
export function cellsOf(image: string): Record<string, unknown> {
  const { changes, failures } = transactionOf(aRecord(`[${anInsert(image)}]`));
  expect(failures).toEqual([]);
  const after = changes[0]!.after!;
  return Object.fromEntries(after.layout.names.map((name, index) => [name, after.cells[index]]));
}
