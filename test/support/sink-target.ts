/** Target shards with the table `orders` and a state database, in schemas made anew on a real server. */
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { openTestSession, type RigServer, type SinkRigOptions, serverIn } from './sink-rig.ts';

let tests = 0;

export const CREATE = `CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, seller BIGINT, name VARCHAR(10), amount DECIMAL(30,4),
  ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL)`;

export async function aTarget(server: RigServer, shards = 1, create = CREATE) {
  tests += 1;
  const schemas = Array.from({ length: shards }, (_, shard) => `t${tests}_${shard}`);
  const stateSchema = `s${tests}`;
  const sql = await openTestSession(server, [...schemas, stateSchema]);
  for (const schema of schemas) {
    await sql.query(`USE ${schema}; ${create}`);
  }
  const state = openStateDatabase(serverIn(server, stateSchema));
  await state.ensureSchema();
  state.close();
  const read = async (shard = 0) => {
    const [rows] = await sql.query(`SELECT id, name, amount, ergate_seq FROM ${schemas[shard]}.orders ORDER BY id`);
    return (rows as Record<string, unknown>[]).map((row) => Object.values(row).join(' '));
  };
  const findings = async () => {
    const [rows] = await sql.query(
      `SELECT CAST(offset_no AS SIGNED) AS offset_no, payload_index, stage, code, table_name, record_value
      FROM ${stateSchema}.ergate_finding JOIN ${stateSchema}.ergate_finding_record
        USING (pipeline, topic, topic_epoch, partition_no, offset_no) ORDER BY 1, 2`,
    );
    return rows as Record<string, unknown>[];
  };
  const options: SinkRigOptions = { server, schemas, stateSchema, tables: { orders: {} } };
  return { sql, schemas, read, findings, options, [Symbol.asyncDispose]: async () => sql.destroy() };
}

export const row = (id: number, name: string) => ({ id, seller: id, name, amount: '12345678901234567890.1234' });
