/**
 * One launcher at a time in a stack's folder. The file names the process that holds it; when that process is gone, the
 * next launcher takes the folder over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface LaunchRecord {
  readonly launcher: ProcessIdentity;
  /** True: the launcher left its servers running on purpose (`stack up`). */
  readonly kept: boolean;
}

const MAX_TRIES = 5;

export function readLaunchRecord(folder: string): LaunchRecord | undefined {
  return readRecord(fileOf(folder));
}

/** @throws Error naming the process that holds the folder */
export function takeLaunchLock(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const mine = `${fileOf(folder)}.${process.pid}`;
  writeRecord(mine, { launcher: identifyProcess(process.pid), kept: false });
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (tryLink(mine, fileOf(folder))) {
        return;
      }
      refuseIfHeld(folder);
      removeStale(folder);
    }
    throw new Error(`${folder} is being taken by other launchers at this moment`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Says that the servers stay when this process ends. */
export function keepLaunch(folder: string): void {
  const draft = `${fileOf(folder)}.${process.pid}`;
  writeRecord(draft, { launcher: identifyProcess(process.pid), kept: true });
  renameSync(draft, fileOf(folder));
}

export function dropLaunchLock(folder: string): void {
  rmSync(fileOf(folder), { force: true });
}

/** @throws Error naming the process that holds the folder */
export function refuseIfHeld(folder: string): void {
  const record = readLaunchRecord(folder);
  if (record !== undefined && isRunning(record.launcher)) {
    throw new Error(`the stack in ${folder} is run by process ${record.launcher.pid}; end that, or use another folder`);
  }
}

/** Two launchers may see the same stale file: what was renamed is looked at again, so that no live lock is removed. */
function removeStale(folder: string): void {
  const aside = `${fileOf(folder)}.stale-${process.pid}`;
  try {
    renameSync(fileOf(folder), aside);
  } catch {
    return; // another launcher was faster
  }
  const record = readRecord(aside);
  if (record !== undefined && isRunning(record.launcher)) {
    tryLink(aside, fileOf(folder));
  }
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function readRecord(file: string): LaunchRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LaunchRecord; // written by writeRecord
  } catch {
    return undefined;
  }
}

function writeRecord(file: string, record: LaunchRecord): void {
  writeFileSync(file, JSON.stringify(record));
}

function fileOf(folder: string): string {
  return join(folder, 'stack.json');
}
