import { listRefusedPipelines, NO_ADAPTER } from '../../protocol/settings/list-refused-pipelines.ts';
import { EXIT } from './exit-codes.ts';
import { loadSettings } from './load-settings.ts';
import { asYaml, type OutputFormat, summariseSettings } from './show.ts';

/** @throws ReplicationError with all problems */
export async function runConfigValidate(config: readonly string[]): Promise<number> {
  const settings = loadSettings(config);
  process.stdout.write(`valid. ${summariseSettings(settings)}\n`);
  for (const [pipeline, reason] of listRefusedPipelines(settings)) {
    process.stdout.write(`remark: pipeline ${pipeline} is not run: ${reason} (${NO_ADAPTER})\n`);
  }
  return EXIT.ok;
}

/** The settings as they are after defaults and substitution: durations in ms, secrets not shown. */
export async function runConfigShow(config: readonly string[], output: OutputFormat): Promise<number> {
  const settings = loadSettings(config);
  process.stdout.write(output === 'json' ? `${JSON.stringify(settings, null, 2)}\n` : await asYaml(settings));
  return EXIT.ok;
}
