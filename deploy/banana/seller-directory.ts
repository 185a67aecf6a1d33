import { FIRST_SELLER, SELLERS } from './order-moves.ts';
import { buildTable } from './order-schema.ts';
import { sqlText } from './order-text.ts';

/** Of ten sellers in a row: the hosting partner of each; most have none. */
const PARTNERS = [1, null, 2, null, 3, null, null, 4, null, null];

/**
 * Statements that create and fill the table that tells hosting partners and names. The sellers are those of the load, and
 * stay what they are: replicated rows do not move when a looked-up row changes.
 */
export function buildSellerDirectory(): string[] {
  const rows = Array.from({ length: SELLERS }, (_, index) => {
    const partner = PARTNERS[index % PARTNERS.length] ?? 'NULL';
    return `(${FIRST_SELLER + index},${partner},${sqlText(`판매자 ${index} O'Brien & 👟`)})`;
  });
  return [
    buildTable('seller', [
      'seller_no BIGINT UNSIGNED NOT NULL',
      'partner_no INT UNSIGNED NULL',
      'seller_name VARCHAR(100) NOT NULL',
      'PRIMARY KEY (seller_no)',
    ]),
    `INSERT IGNORE INTO seller VALUES ${rows.join(',')}`,
  ];
}
