/** What all formats have in common at the edge of a record: its size, and errors with codes only. */
import { asReplicationError, ReplicationError } from '../../errors/replication-error.ts';
import { DecodeRefusal } from './decode-refusal.ts';

/** A guess, well above what a capture writes. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/** @throws DecodeRefusal ERG_1001, ERG_1007 */
export function checkSize(value: Buffer): void {
  if (value.length === 0) {
    throw new DecodeRefusal('ERG_1001', 'the record is empty', 'record');
  }
  if (value.length > MAX_RECORD_BYTES) {
    const message = `expected at most ${MAX_RECORD_BYTES} bytes, got ${value.length}`;
    throw new DecodeRefusal('ERG_1007', message, 'record');
  }
}

/** What a decoder lets out. */
export function codeRefusal(error: unknown): ReplicationError {
  return error instanceof DecodeRefusal
    ? new ReplicationError(error.code, error.message, { cause: error })
    : asReplicationError(error);
}
