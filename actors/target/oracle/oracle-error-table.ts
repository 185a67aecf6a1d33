/**
 * What the errors of an Oracle server (ORA) and of its driver (NJS) mean. Data only: written from the vendor's lists, seen at
 * no server yet.
 */
import type { ErrorTable } from '../error-table.ts';

export const ORACLE_ERRORS: ErrorTable<string> = {
  ERG_3004: ['ORA-00060', 'ORA-08177'],
  ERG_3005: ['ORA-00054', 'ORA-30006'],
  ERG_3006: ['ORA-01013', 'ORA-04068'],
  ERG_3007: ['ORA-16000'],
  ERG_3008: ['ORA-00018', 'ORA-00020', 'ORA-12516', 'ORA-12519', 'ORA-12520'],
  ERG_3009: ['ORA-01653', 'ORA-01654', 'ORA-01691'],
  ERG_3201: ['ORA-12899', 'ORA-01461'],
  ERG_3202: ['ORA-01438'],
  ERG_3203: ['ORA-01722', ...listNumbers(1830, 1861)],
  ERG_3204: ['ORA-01400', 'ORA-01407'],
  ERG_3205: ['ORA-02290'],
  ERG_3206: ['ORA-02291'],
  ERG_3207: ['ORA-00001'],
  ERG_3401: ['ORA-00904'],
  ERG_3402: ['ORA-00942'],
  ERG_3501: ['ORA-01031'],
  ERG_3502: ['ORA-01017', 'ORA-28000', 'ORA-28001'],
  ERG_3901: ['ORA-00933'],
};

/** Unknown outcome when a statement was sent, else transient. */
export const ORACLE_SESSION_LOST: readonly string[] = [
  'ORA-01033',
  'ORA-01034',
  'ORA-01089',
  'ORA-01090',
  'ORA-03113',
  'ORA-03114',
  'ORA-03135',
  'ORA-12170',
  'ORA-12537',
  'ORA-12541',
  'NJS-500',
  'NJS-501',
  'NJS-521',
];

/** Conversions of dates. */
function listNumbers(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `ORA-${String(first + index).padStart(5, '0')}`);
}
