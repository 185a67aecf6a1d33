/** What the state database keeps of cases, runs and the audit, on each flavour. */
import { afterAll, beforeAll, describe } from 'vitest';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { openSchema, serverOf } from '../support/capture-rig.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MemoryRangeStore } from '../support/memory-range-store.ts';
import { describeAuditLog } from './audit-log-contract.ts';
import { describeCaseDesk } from './case-desk-contract.ts';
import { describeCaseStore } from './case-store-contract.ts';
import { describeHistoryPruner } from './history-pruner-contract.ts';
import { describeManyCases } from './many-cases-contract.ts';
import { describeRangeDesk, describeRangeStore } from './range-store-contract.ts';
import { describeRunStore } from './run-store-contract.ts';
import { describeStormCases } from './storm-contract.ts';

const SCHEMA = 'case_store';
const TABLES = [
  'case',
  'case_history',
  'case_event',
  'case_order',
  'case_place',
  'incident',
  'run',
  'run_item',
  'audit',
  'audit_head',
  'unverified_range',
  'finding',
  'finding_record',
];

describe('in memory', () => {
  describeRangeStore(async () => new MemoryRangeStore());
});

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let db: Awaited<ReturnType<typeof openSchema>>;
  let state: StateDatabase;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'cases' });
    db = await openSchema(opened.server, SCHEMA);
    state = openStateDatabase(serverOf({ server: opened.server, schema: SCHEMA }));
    await state.ensureSchema();
  });

  afterAll(async () => {
    state?.close();
    db?.destroy();
    await opened?.[Symbol.asyncDispose]();
  });

  async function emptied(): Promise<StateDatabase> {
    const heads = "INSERT INTO ergate_audit_head VALUES (1, 0, REPEAT('0', 64))";
    await db.query([...TABLES.map((table) => `DELETE FROM ergate_${table}`), heads].join(';'));
    return state;
  }

  describeCaseStore(flavour.flavour, async () => (await emptied()).cases);
  describeStormCases(flavour.flavour, emptied);
  describeCaseDesk(emptied);
  describeRangeStore(async () => (await emptied()).unverifiedRanges);
  describeRangeDesk(emptied);
  describeRunStore(emptied, async () => {
    await db.query('UPDATE ergate_run SET valid_until_ms = valid_until_ms - 15 * 60 * 1000');
  });
  describeHistoryPruner(emptied, (sql) => db.query(sql));
  describeAuditLog(
    async () => (await emptied()).audit,
    (sql) => db.query(sql),
  );
  describeManyCases(emptied, async (sql) => {
    const [rows] = await db.query(sql);
    return rows as Record<string, unknown>[]; // of statements that give any
  });
});
