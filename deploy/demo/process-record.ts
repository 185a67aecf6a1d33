/** Remembers the processes of the demo on disk, so that a demo that was killed leaves nothing behind for ever. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identifyProcess, isRunning, type ProcessIdentity, signalProcess } from '../local/process-identity.ts';

export function recordProcesses(file: string, pids: readonly number[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(pids.map(identifyProcess)));
  renameSync(`${file}.new`, file);
}

export function forgetProcesses(file: string): void {
  rmSync(file, { force: true });
}

/** Ends what an earlier run left running. @returns how many there were */
export function endRecordedProcesses(file: string): number {
  const leftovers = readRecord(file).filter(isRunning);
  for (const leftover of leftovers) {
    signalProcess(leftover, 'SIGKILL');
  }
  forgetProcesses(file);
  return leftovers.length;
}

function readRecord(file: string): readonly ProcessIdentity[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[]; // written by recordProcesses
  } catch {
    return []; // absent, or cut by a full disk
  }
}
