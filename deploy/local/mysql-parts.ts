/**
 * MySQL Community 8.0.15, a part for tests: Debian has no package of it, but a jar on the Maven registry carries the
 * server itself. It is copied and unpacked once into the cache, 60 MB.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, makeCached } from './cache-folder.ts';
import { getExecutable } from './find-executable.ts';
import type { Program } from './plan-install.ts';
import { runCommand } from './run-command.ts';

/** In step with mysql/pom.xml; another version is another cache entry. */
export const MYSQL_VERSION = '8.0.15';
const CACHE_NAME = `mysql-${MYSQL_VERSION}`;
const POM = join(import.meta.dirname, 'mysql', 'pom.xml');
/** The jar has no build for others that we could start. */
const RUNS_HERE = process.platform === 'linux' && process.arch === 'x64';
const SERVER_ARCHIVE = 'mysql-Linux-amd64.tar.gz';
const COPY_TIMEOUT_MS = 10 * 60_000;
const UNPACK_TIMEOUT_MS = 60_000;

const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64', '/usr/lib'];
/** Libraries that the server is linked with and that a small system lacks. */
const LIBRARIES: readonly Program[] = [
  { name: 'libaio.so.1', packages: ['libaio1'] },
  { name: 'libnuma.so.1', packages: ['libnuma1'] },
];

/** What stands in "--basedir": bin, lib and share lie below it. */
export function mysqlFolder(): string {
  return cachePath(CACHE_NAME);
}

export function hasMysql(): boolean {
  return existsSync(mysqlFolder());
}

export function listMissingMysqlLibraries(): readonly Program[] {
  if (!RUNS_HERE) {
    return [];
  }
  return LIBRARIES.filter(({ name }) => !LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, name))));
}

/** @throws Error on a machine for which the jar has no server */
export function assertMysqlRunsHere(): void {
  if (!RUNS_HERE) {
    throw new Error(
      `the MySQL server for tests is built for Linux on x86-64 only, this is ${process.platform} on ${process.arch}; ` +
        'run the tests that need it there',
    );
  }
}

/** Does nothing when it is there. */
export async function fetchMysql(): Promise<void> {
  await makeCached(CACHE_NAME, async (folder) => {
    await runCommand(
      getExecutable('mvn'),
      [
        ...['-q', '-B', '-f', POM, 'dependency:unpack-dependencies'],
        `-DoutputDirectory=${folder}`,
        `-DmarkersDirectory=${folder}`,
        `-Dmdep.unpack.includes=${SERVER_ARCHIVE}`,
      ],
      { timeoutMs: COPY_TIMEOUT_MS },
    );
    const archive = join(folder, SERVER_ARCHIVE);
    await runCommand(getExecutable('tar'), ['--no-same-owner', '-xzf', archive, '-C', folder], {
      timeoutMs: UNPACK_TIMEOUT_MS,
    });
    await rm(archive);
  });
}
