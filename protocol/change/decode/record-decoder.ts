/** What a sink needs of a record format. One file per format fulfils it; open-decoder.ts chooses. */
import type { SourceTransaction } from '../source-transaction.ts';
import type { DecodeTally } from './decode-tally.ts';

export type DecodedRecord =
  | { readonly kind: 'transaction'; readonly transaction: SourceTransaction }
  | { readonly kind: 'heartbeat'; readonly commitTimeMs: number; readonly capture: string }
  /** A record about the stream itself, with no row in it; counted in the tally. */
  | { readonly kind: 'control'; readonly commitTimeMs: number | undefined };

/** Keeps what it learns about names from record to record; not safe for use within itself. */
export interface RecordDecoder {
  readonly tally: DecodeTally;

  /** @throws ReplicationError ERG_1001 to ERG_1019, when nothing of the record can be decoded */
  decode(value: Buffer): DecodedRecord;
}
