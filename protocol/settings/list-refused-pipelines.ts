import type { Settings } from './settings-schema.ts';

export const NO_ADAPTER = 'ERG_8002';

/**
 * Pipelines that are valid and cannot be run by this version, with the reason: their target is of a kind that has no
 * adapter yet. They may stand in the settings all the same, and hold up nothing else.
 */
export function listRefusedPipelines({
  databases,
  pipelines,
}: Pick<Settings, 'databases' | 'pipelines'>): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  for (const [name, { target }] of Object.entries(pipelines)) {
    const driver = databases[target.database]?.driver;
    if (driver !== undefined && driver !== 'mysql') {
      refused.set(
        name,
        `its target ${target.database} needs an adapter for ${driver}, which this version does not have`,
      );
    }
  }
  return refused;
}
