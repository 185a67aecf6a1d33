/**
 * npm run tables -- --config deploy/settings/order.yaml
 *
 * Creates the order tables of the demo where they are missing, at the databases that a settings file names: for servers that
 * the demo did not start. Exit code 0 when they are there, 1 when not, 64 for a wrong argument.
 */
import { parseArgs } from 'node:util';
import mysql from 'mysql2/promise';
import { type Endpoint, type OrderEndpoints, readEndpoints } from '../../test/compare/endpoints.ts';
import { buildSourceSchema, buildTargetSchema } from '../banana/order-schema.ts';

export async function createTables({ source, sellers, settlement }: OrderEndpoints): Promise<void> {
  await runAll(source, buildSourceSchema());
  await Promise.all([
    ...sellers.map((seller) => runAll(seller, buildTargetSchema('seller'))),
    runAll(settlement, buildTargetSchema('settlement')),
  ]);
}

async function runAll(endpoint: Endpoint, statements: readonly string[]): Promise<void> {
  const { host, port, user, password, database } = endpoint;
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    for (const statement of statements) {
      await connection.query(statement);
    }
  } finally {
    await connection.end();
  }
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
    if (values.config === undefined) {
      console.error('usage: npm run tables -- --config <settings file>');
      return 64;
    }
    await createTables(readEndpoints(values.config, process.env));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (import.meta.main) {
  process.exitCode = await run(process.argv.slice(2));
}
