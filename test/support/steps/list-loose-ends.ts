import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/**
 * What recovery has left lying in the state database when all cases are closed, one sentence each. The history of a case is one
 * way from its report to its end: each step begins where the one before it ended, so none is lost and none is there twice.
 */
export async function listLooseEnds(state: Endpoint): Promise<readonly string[]> {
  const { host, port, user, password, database } = state;
  const connection = await mysql.createConnection({ host, port, user, password, database });
  const ask = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0];
  try {
    const steps = await ask('SELECT case_id, event, from_state, to_state FROM ergate_case_event ORDER BY case_id, id');
    const findings = await ask('SELECT offset_no FROM ergate_finding WHERE case_id IS NULL');
    const orders = await ask('SELECT id, case_id FROM ergate_case_order WHERE settled_ms IS NULL');
    return [
      ...steps.flatMap((step, index) => describeBreaks(step, steps[index - 1], steps[index + 1])),
      ...findings.map((finding) => `the finding of offset ${finding['offset_no']} has no case`),
      ...orders.map((order) => `order ${order['id']} of case ${order['case_id']} is neither done nor refused`),
    ];
  } finally {
    await connection.end();
  }
}

function describeBreaks(
  step: RowDataPacket,
  before: RowDataPacket | undefined,
  after: RowDataPacket | undefined,
): readonly string[] {
  const expected = before?.['case_id'] === step['case_id'] ? before?.['to_state'] : null;
  const isLast = after?.['case_id'] !== step['case_id'];
  const told = `case ${step['case_id']}: ${step['event']} from ${step['from_state']} to ${step['to_state']}`;
  return [
    ...(step['from_state'] === expected ? [] : [`${told}, after ${expected}`]),
    ...(isLast && step['to_state'] !== 'closed' ? [`${told} is the last`] : []),
  ];
}
