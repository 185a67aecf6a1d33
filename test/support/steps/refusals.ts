/** Some payments that the settlement target refuses for a moment: their changes become findings, and their rows are repaired. */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/** Every so manieth payment may be refused; in four parts, so that a row which is repaired is not refused again meanwhile. */
const EVERY = 4;
const PARTS = 4;
const REFUSED_MS = 1_000;

/** Only what is inserted, as sinks do: whoever damages a row updates it. */
export const REFUSAL_SCHEMA: readonly string[] = [
  'CREATE TABLE drill_refused (part INT NOT NULL)',
  `CREATE TRIGGER drill_refuse BEFORE INSERT ON payment FOR EACH ROW
    IF NEW.payment_no % ${EVERY} = 0
      AND EXISTS (SELECT 1 FROM drill_refused WHERE part = NEW.payment_no DIV ${EVERY} % ${PARTS})
    THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused for a moment'; END IF`,
];

/** @param time how manieth */
export async function refuseSome({ host, port, user, password, database }: Endpoint, time: number): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    await connection.query(`INSERT INTO drill_refused VALUES (${time % PARTS})`);
    await sleep(REFUSED_MS);
    await connection.query('DELETE FROM drill_refused');
  } finally {
    await connection.end();
  }
}

/** @param row as StoredCase names it */
export function mayBeRefused(row: string): boolean {
  const key = /^order-settlement settlement\.payment (\d+)$/.exec(row)?.[1];
  return key !== undefined && BigInt(key) % BigInt(EVERY) === 0n;
}
