/** What runs of a stack, asked at the servers themselves, and ending it from another process than its launcher. */
import { rm } from 'node:fs/promises';
import { dropLaunchLock, takeLaunchLock } from './launch-lock.ts';
import { endProcess, isRunning } from './process-identity.ts';
import { readServerRecord } from './server-record.ts';
import { listStackServers, type StackServer } from './stack-servers.ts';

export interface ServerStatus {
  readonly name: string;
  /** `silent`: the process is there and does not answer. */
  readonly state: 'answering' | 'silent' | 'stopped';
  readonly pid: number | undefined;
  readonly ports: readonly number[];
  readonly variable: string;
  readonly address: string;
  readonly folder: string;
}

const STOP_GRACE_MS = 15_000;

export function readStackStatus(folder: string): Promise<readonly ServerStatus[]> {
  return Promise.all(listStackServers(folder).map(readStatus));
}

async function readStatus({ spec, variable, readAddress }: StackServer): Promise<ServerStatus> {
  const { ports = [], server } = readServerRecord(spec.folder) ?? {};
  const pid = server !== undefined && isRunning(server) ? server.pid : undefined;
  const state = pid === undefined ? 'stopped' : await askServer(() => spec.probe(ports));
  const address = ports.length === 0 ? '' : readAddress(ports);
  return { name: spec.name, state, pid, ports, variable, address, folder: spec.folder };
}

async function askServer(probe: () => Promise<void>): Promise<'answering' | 'silent'> {
  try {
    await probe();
    return 'answering';
  } catch {
    return 'silent';
  }
}

/** @returns the names of the servers that it ended. @throws Error when a launcher that lives still runs them */
export async function endStack(folder: string): Promise<readonly string[]> {
  takeLaunchLock(folder);
  const running = listStackServers(folder).flatMap(({ spec }) => {
    const server = readServerRecord(spec.folder)?.server;
    return server !== undefined && isRunning(server) ? [{ name: spec.name, server }] : [];
  });
  await Promise.all(running.map(({ server }) => endProcess(server, STOP_GRACE_MS)));
  dropLaunchLock(folder);
  return running.map(({ name }) => name);
}

/** Ends the stack and deletes what its servers stored; other files in the folder stay. */
export async function resetStack(folder: string): Promise<void> {
  await endStack(folder);
  for (const { spec } of listStackServers(folder)) {
    await rm(spec.folder, { recursive: true, force: true });
  }
}
