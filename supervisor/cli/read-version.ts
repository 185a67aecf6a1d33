import { readFileSync } from 'node:fs';

/** Where the package is described, seen from the sources and from the built files, which lie one folder deeper. */
const PLACES = ['../../package.json', '../../../package.json'];

export function readVersion(): string {
  for (const place of PLACES) {
    const version = findVersion(new URL(place, import.meta.url));
    if (version !== undefined) {
      return version;
    }
  }
  return 'unknown';
}

function findVersion(file: URL): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }; // ours
    return name === 'ergate' ? version : undefined;
  } catch {
    return undefined; // not there
  }
}
