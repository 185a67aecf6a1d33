/**
 * npm run tables -- --config deploy/settings/order.yaml
 *
 * Creates the tables of the demo where they are missing, at the databases that a settings file names: for servers that
 * the demo did not start. Exit code 0 when they are there, 1 when not, 64 for a wrong argument.
 */
import { parseArgs } from 'node:util';
import mysql from 'mysql2/promise';
import { type Endpoint, type OrderEndpoints, readEndpoints, type SixEndpoints } from '../../test/compare/endpoints.ts';
import { buildDeliverySchema, buildDeliveryTargetSchema } from '../banana/delivery-schema.ts';
import { buildSourceSchema, buildTargetSchema, buildTargetTable } from '../banana/order-schema.ts';
import { buildSellerDirectory } from '../banana/seller-directory.ts';

export async function createTables({ source, sellers, settlement, six }: OrderEndpoints): Promise<void> {
  await runAll(source, buildSourceSchema());
  await Promise.all([
    ...sellers.map((seller) => runAll(seller, buildTargetSchema('seller'))),
    runAll(settlement, buildTargetSchema('settlement')),
  ]);
  if (six !== undefined) {
    await createSix(six, { source, sellers });
  }
}

/** Their databases too, which stand on the servers of the others. */
async function createSix(
  { delivery, deliveryView, hosting }: SixEndpoints,
  { source, sellers }: Pick<OrderEndpoints, 'source' | 'sellers'>,
): Promise<void> {
  const ofSellers = [buildTargetTable('orders'), buildTargetTable('payment'), ...buildDeliveryTargetSchema()];
  const ofDeliveryView = [buildTargetTable('product_order'), buildTargetTable('delivery')];
  const ofHosting = [buildTargetTable('product_order', ['seller_name VARCHAR(100) NULL']), buildTargetTable('orders')];
  await Promise.all([
    runAll(source, buildSellerDirectory()),
    ...sellers.map((seller) => runAll(seller, ofSellers)),
    createDatabase(delivery, buildDeliverySchema()),
    createDatabase(deliveryView, ofDeliveryView),
    ...hosting.map(({ endpoint }) => createDatabase(endpoint, ofHosting)),
  ]);
}

async function createDatabase(endpoint: Endpoint, statements: readonly string[]): Promise<void> {
  const { database } = endpoint;
  await runAll({ ...endpoint, database: '' }, [`CREATE DATABASE IF NOT EXISTS \`${database}\``]);
  await runAll(endpoint, statements);
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
