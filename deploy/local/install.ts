/**
 * Installs what the local stack needs and this machine lacks. Nothing is changed when nothing is missing.
 *
 * Of MariaDB only the core packages are taken: they bring the program, and no system service that would be started.
 */
import { existsSync } from 'node:fs';
import { findExecutable, findJava } from './find-executable.ts';
import { fetchKafkaJars, hasKafkaJars } from './kafka-jars.ts';
import { assertMysqlRunsHere, fetchMysql, hasMysql, listMissingMysqlLibraries, MYSQL_VERSION } from './mysql-parts.ts';
import { type InstallPlan, type Program, planInstall } from './plan-install.ts';
import { type OnProgress, withProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

export interface InstallOptions {
  readonly onProgress: OnProgress;
  /** True: also the MySQL server that tests run beside MariaDB. */
  readonly withMysql?: boolean;
}

const MARIADB_PACKAGES = ['mariadb-server-core', 'mariadb-client-core'];
const JAVA: Program = { name: 'java', packages: ['default-jre-headless'] };
const MAVEN: Program = { name: 'mvn', packages: ['maven'] };
const SERVERS: readonly Program[] = [
  { name: 'mariadbd', packages: MARIADB_PACKAGES },
  { name: 'mariadb-install-db', packages: MARIADB_PACKAGES },
  { name: 'my_print_defaults', packages: MARIADB_PACKAGES },
  { name: 'nats-server', packages: ['nats-server'] },
];

const OLDEST_JAVA = 17;
const APT_TIMEOUT_MS = 10 * 60_000;
const SHORT_TIMEOUT_MS = 30_000;

/** @throws Error that names the missing packages, what to run, and the compose file, where it cannot install */
export async function installMissing({ onProgress, withMysql = false }: InstallOptions): Promise<void> {
  const plan = planInstall(listMissing(withMysql), {
    isRoot: process.getuid?.() === 0,
    aptGet: existsSync('/etc/debian_version') ? findExecutable('apt-get') : undefined,
  });
  await carryOut(plan, onProgress);
  await checkJava();
  if (!hasKafkaJars()) {
    await withProgress('fetching Apache Kafka with Maven', onProgress, fetchKafkaJars);
  }
  if (withMysql && !hasMysql()) {
    assertMysqlRunsHere();
    await withProgress(`fetching MySQL ${MYSQL_VERSION} with Maven`, onProgress, fetchMysql);
  }
}

function listMissing(withMysql: boolean): readonly Program[] {
  const needsMaven = !hasKafkaJars() || (withMysql && !hasMysql());
  return [
    ...SERVERS.filter(({ name }) => findExecutable(name) === undefined),
    ...(findJava() === undefined ? [JAVA] : []),
    ...(needsMaven && findExecutable(MAVEN.name) === undefined ? [MAVEN] : []),
    ...(withMysql ? listMissingMysqlLibraries() : []),
  ];
}

async function carryOut(plan: InstallPlan, onProgress: OnProgress): Promise<void> {
  switch (plan.kind) {
    case 'nothing':
      return;
    case 'refuse':
      throw new Error(plan.message);
    case 'install': {
      const { aptGet, packages } = plan;
      onProgress(`installing with apt-get: ${packages.join(' ')}`);
      await withProgress(`installing ${packages.join(' ')}`, onProgress, () => installPackages(aptGet, packages));
    }
  }
}

async function installPackages(aptGet: string, packages: readonly string[]): Promise<void> {
  const install = () => runApt(aptGet, ['install', '--yes', '--no-install-recommends', ...packages]);
  try {
    await install();
  } catch {
    // The package lists are absent (a fresh machine) or name versions that are gone by now.
    await runApt(aptGet, ['update']);
    await install();
  }
  await stopService('nats-server');
}

function runApt(aptGet: string, args: readonly string[]): Promise<string> {
  return runCommand(aptGet, ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    timeoutMs: APT_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The package starts it as a system service where systemd runs; nobody asked for that. */
async function stopService(name: string): Promise<void> {
  const systemctl = findExecutable('systemctl');
  if (systemctl !== undefined && existsSync('/run/systemd/system')) {
    await runCommand(systemctl, ['disable', '--now', name], { timeoutMs: SHORT_TIMEOUT_MS });
  }
}

async function checkJava(): Promise<void> {
  const java = findJava() ?? 'java';
  const version = await runCommand(java, ['--version'], { timeoutMs: SHORT_TIMEOUT_MS });
  const major = Number(/ (\d+)/.exec(version)?.[1]);
  if (!(major >= OLDEST_JAVA)) {
    throw new Error(`Apache Kafka needs Java ${OLDEST_JAVA} or newer; ${java} is: ${version.split('\n')[0]}`);
  }
}
