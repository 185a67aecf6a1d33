import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'deploy', 'settings', 'order.yaml');

/**
 * The settings of the demo without verification: what a drill is about shall not be mended before it is seen, and its times
 * are those of the replication alone. @returns the file
 */
export function writeBaseSettings(folder: string): string {
  const settings = parseDocument(readFileSync(EXAMPLE, 'utf8'));
  for (const pipeline of ['order-seller', 'order-settlement']) {
    if (!settings.deleteIn(['pipelines', pipeline, 'verification'])) {
      throw new Error(`expected pipeline ${pipeline} to be verified in ${EXAMPLE}`);
    }
  }
  const file = join(folder, 'base.yaml');
  writeFileSync(file, String(settings));
  return file;
}
