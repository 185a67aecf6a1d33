/**
 * npm run compare -- --config deploy/settings/order.yaml
 *
 * Compares the order source with its targets, row by row and byte by byte. Exit code 0 when equal, 1 when not or when a
 * database cannot be read, 64 for a wrong argument.
 */
import { parseArgs } from 'node:util';
import { asksForHelp } from '../../deploy/scripts/asks-for-help.ts';
import { type CompareResult, compareAll } from './compare-all.ts';
import { isEqual, type TableResult } from './compare-table.ts';
import { type OrderEndpoints, parseEndpoint, readEndpoints } from './endpoints.ts';

const USAGE = `usage: npm run compare -- --config <settings file> [--wait 30s]
       npm run compare -- --source host:port/db --seller host:port/db --seller host:port/db --settlement host:port/db
                          [--user root] [--password …] [--wait 30s]
  The order of --seller is the order of the shards. --wait repeats until equal, for a source that is no longer written to.`;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

class UsageError extends Error {}

interface Arguments {
  readonly endpoints: OrderEndpoints;
  readonly waitMs: number;
}

function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      source: { type: 'string' },
      seller: { type: 'string', multiple: true },
      settlement: { type: 'string' },
      user: { type: 'string', default: 'root' },
      password: { type: 'string', default: '' },
      wait: { type: 'string', default: '0s' },
    },
  });
  const wait = /^(\d{1,6})(ms|s|m)$/.exec(values.wait);
  if (wait === null) {
    throw new UsageError(`--wait: expected a duration such as 30s, got "${values.wait}"`);
  }
  const waitMs = Number(wait[1]) * UNIT_MS[wait[2] as keyof typeof UNIT_MS]; // the pattern allows no other unit
  if (values.config !== undefined) {
    return { endpoints: readEndpoints(values.config, process.env), waitMs };
  }
  const { source, seller, settlement, user, password } = values;
  if (source === undefined || seller === undefined || settlement === undefined) {
    throw new UsageError('expected --config, or --source, --seller and --settlement');
  }
  const parse = (text: string) => parseEndpoint(text, user, password);
  return { endpoints: { source: parse(source), sellers: seller.map(parse), settlement: parse(settlement) }, waitMs };
}

function printResult({ equal, tables, deliveriesWithoutSeller, rounds }: CompareResult): void {
  for (const table of tables) {
    printTable(table);
  }
  if (deliveriesWithoutSeller > 0) {
    console.log(`${deliveriesWithoutSeller} deliveries have no product order at the source: expected on no shard`);
  }
  console.log(`${equal ? 'equal' : 'NOT EQUAL'}${rounds > 1 ? ` after ${rounds} rounds` : ''}`);
}

function printTable(result: TableResult): void {
  const { target, table, rows, missing, extra, different, unmarked, failure } = result;
  const name = `${target}.${table}`.padEnd(26);
  console.log(
    failure === undefined
      ? `${name} ${rows} rows: ${missing} missing, ${extra} extra, ${different} different, ${unmarked} unmarked`
      : `${name} ${failure}`,
  );
  if (result.uncompared.length > 0) {
    console.log(`  not compared, on one side only: ${result.uncompared.join(', ')}`);
  }
  if (!isEqual(result)) {
    for (const { kind, key, columns } of result.examples) {
      console.log(`  ${kind.padEnd(9)} ${key} ${columns.join(', ')}`.trimEnd());
    }
  }
}

const args = process.argv.slice(2);
try {
  if (asksForHelp(args)) {
    console.log(USAGE);
  } else {
    const result = await compareAll(readArguments(args));
    printResult(result);
    process.exitCode = result.equal ? 0 : 1;
  }
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  console.error(error instanceof Error ? error.message : String(error));
  if (isUsage) {
    console.error(USAGE);
  }
  process.exitCode = isUsage ? 64 : 1;
}
