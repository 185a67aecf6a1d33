import type { ErrorCode } from '../../protocol/errors/error-codes.ts';

/** Which numbers of a kind of server mean what. */
export type ErrorTable<Id> = Readonly<Partial<Record<ErrorCode, readonly Id[]>>>;

/** @throws TypeError when a number stands there twice: one of them would be lost */
export function indexErrorTable<Id>(...tables: readonly ErrorTable<Id>[]): ReadonlyMap<Id, ErrorCode> {
  const codes = new Map<Id, ErrorCode>();
  for (const [code, ids] of tables.flatMap((table) => Object.entries(table))) {
    for (const id of ids) {
      if (codes.has(id)) {
        throw new TypeError(`error ${String(id)} means ${codes.get(id)} and ${code}`);
      }
      codes.set(id, code as ErrorCode); // keys of the tables
    }
  }
  return codes;
}
