import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';

/**
 * Before anything is ordered that writes a row of the pipeline; one that the settings do not have is left to others.
 *
 * @throws ReplicationError ERG_5113 when another tool writes its target
 */
export function assertApplied({ pipelines }: Pick<Settings, 'pipelines'>, pipeline: string): void {
  if (Object.hasOwn(pipelines, pipeline) && pipelines[pipeline]?.apply === false) {
    throw new ReplicationError('ERG_5113', `apply is false: another tool writes the target of ${pipeline}`);
  }
}
