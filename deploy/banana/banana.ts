/**
 * npm run banana -- --rate 500 --for 60s --seed 1
 *
 * Writes the load of load-generator.ts to an order source and prints, second by second, the rate that it could not hold.
 * Exit code 0 when it ran to its end, 1 when the source could not be used, 64 for a wrong argument.
 */
import { parseArgs } from 'node:util';
import { asksForHelp } from '../scripts/asks-for-help.ts';
import { LoadGenerator } from './load-generator.ts';
import type { LoadReport } from './load-report.ts';
import type { SourceServer } from './source-session.ts';

const USAGE = `usage: npm run banana -- [options]
  --rate <n>         row changes per second (500)
  --for <duration>   30s, 5m, 1h; without it until Ctrl-C
  --seed <n>         what is written depends on it alone (1)
  --writers <n>      connections (2)
  --host, --port, --user, --password, --database
                     the source (127.0.0.1, $ERGATE_ORDER_PORT or 3306, root, $ERGATE_ORDER_PASSWORD or none, order)`;

/** A second counts as held when it had at least this share of the rate. */
const HELD_SHARE = 0.95;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

interface Arguments {
  readonly server: SourceServer;
  readonly rate: number;
  readonly seed: number;
  readonly writers: number;
  readonly forMs: number | undefined;
}

class UsageError extends Error {}

function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '500' },
      for: { type: 'string' },
      seed: { type: 'string', default: '1' },
      writers: { type: 'string', default: '2' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: process.env['ERGATE_ORDER_PORT'] ?? '3306' },
      user: { type: 'string', default: 'root' },
      password: { type: 'string', default: process.env['ERGATE_ORDER_PASSWORD'] ?? '' },
      database: { type: 'string', default: 'order' },
    },
  });
  const { host, user, password, database } = values;
  return {
    server: { host, port: readNumber('port', values.port, 65_535), user, password, database },
    rate: readNumber('rate', values.rate, 1_000_000),
    seed: readNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
    writers: readNumber('writers', values.writers, 64),
    forMs: values.for === undefined ? undefined : readDuration(values.for),
  };
}

function readNumber(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new UsageError(`--${name}: expected a whole number from 1 to ${most}, got "${text}"`);
  }
  return number;
}

function readDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  if (match === null) {
    throw new UsageError(`--for: expected a duration such as 30s or 5m, got "${text}"`);
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]; // the pattern allows no other unit
}

async function run({ server, rate, seed, writers, forMs }: Arguments): Promise<void> {
  let second = 0;
  const generator: LoadGenerator = new LoadGenerator({
    server,
    rate,
    seed,
    writers,
    onSecond: (changes) => {
      second++;
      reportSecond(second, changes, { rate, lastError: generator.report().lastError });
    },
  });
  await generator.start();
  console.log(`writing ${rate} row changes/s to ${server.host}:${server.port}/${server.database}, seed ${seed}`);
  const interrupt = waitForSignal();
  const timer = forMs === undefined ? undefined : setTimeout(interrupt.resolve, forMs);
  await Promise.race([interrupt.promise, generator.ended()]);
  clearTimeout(timer);
  await generator.stop();
  reportEnd(generator.report(), rate);
}

function waitForSignal(): PromiseWithResolvers<void> {
  const interrupt = Promise.withResolvers<void>();
  process.once('SIGINT', interrupt.resolve);
  process.once('SIGTERM', interrupt.resolve);
  return interrupt;
}

function reportSecond(second: number, changes: number, about: { rate: number; lastError: string | undefined }): void {
  if (changes < about.rate * HELD_SHARE) {
    const reason = about.lastError === undefined ? '' : ` (last error: ${about.lastError})`;
    console.log(`second ${second}: ${changes} of ${about.rate} changes/s${reason}`);
  } else if (second % 10 === 0) {
    console.log(`second ${second}: ${changes} changes/s`);
  }
}

function reportEnd(report: LoadReport, rate: number): void {
  const held = report.perSecond.filter((changes) => changes >= rate * HELD_SHARE).length;
  console.log(
    [
      `${report.changes} row changes in ${report.transactions} transactions`,
      `rate held in ${held} of ${report.perSecond.length} seconds, ${report.givenUp} due changes never sent`,
      `${report.reconnects} reconnects, ${report.foundCommitted} + ${report.foundMissing} unknown outcomes found committed + missing`,
      ...(report.surprises > 0 ? [`${report.surprises} transactions changed other rows than they should have`] : []),
    ].join('\n'),
  );
}

const args = process.argv.slice(2);
try {
  if (asksForHelp(args)) {
    console.log(USAGE);
  } else {
    await run(readArguments(args));
  }
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  console.error(error instanceof Error ? error.message : String(error));
  if (isUsage) {
    console.error(USAGE);
  }
  process.exitCode = isUsage ? 64 : 1;
}
