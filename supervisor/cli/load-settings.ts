import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { checkSettings } from '../../protocol/settings/read-settings.ts';
import { renderProblem } from '../../protocol/settings/settings-problem.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';

const DEFAULT_FILE = 'ergate.yaml';

/** @param files from --config; when there are none, ERGATE_CONFIG, and then ergate.yaml */
function chooseFiles(files: readonly string[]): readonly string[] {
  return files.length > 0 ? files : [process.env['ERGATE_CONFIG'] ?? DEFAULT_FILE];
}

/** @throws ReplicationError ERG_8003 when a file cannot be read, ERG_8001 otherwise; its message lists all problems */
export function loadSettings(files: readonly string[]): Settings {
  const { settings, problems } = checkSettings(chooseFiles(files), process.env);
  if (settings !== undefined) {
    return settings;
  }
  const unreadable = problems.some(({ code }) => code === 'ERG_8003');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${renderProblem(problem)}`);
  throw new ReplicationError(unreadable ? 'ERG_8003' : 'ERG_8001', [`${count} in the settings`, ...lines].join('\n'));
}
