import type { Endpoint } from '../../compare/endpoints.ts';
import { runAll } from '../drill/drill-stack.ts';

/** A row of it in a transaction tells whoever reads the log of a target that somebody else than ergate wrote there. */
export const DAMAGE_TABLE = 'drill_damage';
export const NOTE_DAMAGE = `INSERT INTO ${DAMAGE_TABLE} VALUES (NULL)`;

export async function createDamageTable(target: Endpoint): Promise<void> {
  await runAll(target, [`CREATE TABLE ${DAMAGE_TABLE} (id BIGINT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB`]);
}
