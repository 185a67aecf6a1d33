/** Things that are expensive to make and the same for every stack of this checkout; safe to delete at any time. */
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const CACHE_FOLDER = join(import.meta.dirname, '..', '..', '.ergate', 'cache');

export function cachePath(name: string): string {
  return join(CACHE_FOLDER, name);
}

const making = new Map<string, Promise<string>>();

/** Makes the folder once; several processes may try together, what one of them completed first is used by all. */
export async function makeCached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const path = cachePath(name);
  if (existsSync(path)) {
    return path;
  }
  const underWay = making.get(name) ?? make(path, fill).finally(() => making.delete(name));
  making.set(name, underWay);
  return underWay;
}

async function make(path: string, fill: (folder: string) => Promise<void>): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const draft = await mkdtemp(`${path}.making-`);
  try {
    await fill(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(path)) {
      throw error;
    }
  }
  return path;
}

/** Copies so that a half copy is never taken for a whole one. Does nothing when the target exists. */
export async function copyFolderOnce(from: string, to: string): Promise<void> {
  if (existsSync(to)) {
    return;
  }
  const draft = `${to}.copying`;
  await rm(draft, { recursive: true, force: true });
  await cp(from, draft, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await rename(draft, to);
}
