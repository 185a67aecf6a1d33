/**
 * What a server's folder remembers between launchers: its ports, so that it comes back on them, and which process ran
 * it for which launcher, so that what a killed launcher left behind can be found and ended.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';

export interface ServerRecord {
  readonly ports: readonly number[];
  readonly server?: ProcessIdentity;
  readonly launcher?: ProcessIdentity;
}

export function readServerRecord(folder: string): ServerRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder), 'utf8')) as ServerRecord; // written by writeServerRecord
  } catch {
    return undefined; // absent, or cut by a full disk: the ports are chosen anew
  }
}

export function writeServerRecord(folder: string, record: ServerRecord): void {
  const file = fileOf(folder);
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

function fileOf(folder: string): string {
  return join(folder, 'server.json');
}
