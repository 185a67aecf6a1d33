/** A file system of its own in memory, that can be filled up. Needs root. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PIECE_BYTES = 65_536;

export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  readonly fill: () => Promise<void>;
  readonly free: () => Promise<void>;
}

export async function openSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'ergate-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: async () => {
      await using file = await open(filler, 'a');
      for (let room = await readRoom(folder); room > 0; room = await readRoom(folder)) {
        await file.write(Buffer.alloc(Math.min(room, PIECE_BYTES)));
      }
    },
    free: () => rm(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      await run('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readRoom(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
