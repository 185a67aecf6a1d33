import type { ErrorCode } from '../../errors/error-codes.ts';

/** What cannot be decoded: the whole record, or one payload while the others can. */
export type RefusalScope = 'record' | 'payload';

/** Thrown inside the decoder only; it leaves as a ReplicationError or as a failure of one payload. */
export class DecodeRefusal extends Error {
  override readonly name = 'DecodeRefusal';
  readonly code: ErrorCode;
  readonly scope: RefusalScope;

  /** @param message bytes, paths and column names; never values */
  constructor(code: ErrorCode, message: string, scope: RefusalScope) {
    super(message);
    this.code = code;
    this.scope = scope;
  }
}

const SHOWN_CHARACTERS = 64;

/** A column name for a message: hostile ones can be megabytes long. */
export function showName(name: string): string {
  return JSON.stringify(name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}…` : name);
}

export function refuseSyntax(at: number, expected: string): DecodeRefusal {
  return new DecodeRefusal('ERG_1002', `byte ${at}: expected ${expected}`, 'record');
}

/** @param scope payload: the others of the record can still be decoded */
export function refuseShape(message: string, scope: RefusalScope): DecodeRefusal {
  return new DecodeRefusal('ERG_1010', message, scope);
}
