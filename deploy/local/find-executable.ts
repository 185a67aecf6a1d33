import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers lie in folders that only root has in its PATH. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin'];

export function findExecutable(name: string): string | undefined {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @throws Error naming the program and the command that installs it */
export function getExecutable(name: string): string {
  const path = findExecutable(name);
  if (path === undefined) {
    throw new Error(`${name} is not installed; "npm run stack -- up" installs what is missing, or says what to do`);
  }
  return path;
}

export function findJava(): string | undefined {
  const home = process.env['JAVA_HOME'];
  const ofHome = home === undefined ? undefined : join(home, 'bin', 'java');
  return ofHome !== undefined && isExecutable(ofHome) ? ofHome : findExecutable('java');
}

/** @throws Error */
export function getJava(): string {
  const java = findJava();
  if (java === undefined) {
    throw new Error('java (17 or newer) is not installed, and JAVA_HOME does not name it');
  }
  return java;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
