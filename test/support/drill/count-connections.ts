import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ended by this side, or by both: nothing is held. */
const ENDED = new Set(['06', '07']);

/**
 * How many connections processes hold to ports of this machine, as its kernel knows: also those that nobody answers.
 * For Linux.
 */
export function countConnections(pids: readonly number[], ports: readonly number[]): ReadonlyMap<number, number> {
  const inodes = new Set(pids.flatMap(listSockets));
  const counts = new Map(ports.map((port) => [port, 0]));
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, , remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    const port = Number.parseInt(remote.split(':')[1] ?? '', 16);
    const known = counts.get(port);
    if (known !== undefined && inodes.has(inode) && !ENDED.has(state)) {
      counts.set(port, known + 1);
    }
  }
  return counts;
}

/** @returns none of a process that has ended */
function listSockets(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => findSocket(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function findSocket(fd: string): readonly string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(fd))?.[1];
    return inode === undefined ? [] : [inode];
  } catch {
    return []; // closed meanwhile
  }
}
