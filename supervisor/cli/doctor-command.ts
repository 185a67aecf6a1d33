import type { DoctorReport } from '../doctor/doctor-report.ts';
import { examinePipelines } from '../doctor/examine-pipelines.ts';
import { EXIT } from './exit-codes.ts';
import { loadSettings } from './load-settings.ts';
import { renderDoctor } from './render-doctor.ts';
import { type OutputFormat, show } from './show.ts';
import { renderOptionsFor } from './terminal.ts';

export interface DoctorOptions {
  readonly config: readonly string[];
  readonly output: OutputFormat;
  /** All when left out. */
  readonly pipeline?: string;
}

/** @returns failed when something is refused, unavailable when something could not be asked, else ok */
export async function runDoctor({ config, output, pipeline }: DoctorOptions): Promise<number> {
  const settings = loadSettings(config);
  const names = Object.keys(settings.pipelines);
  if (pipeline !== undefined && !names.includes(pipeline)) {
    process.stderr.write(
      `there is no pipeline ${pipeline}; there are: ${names.length === 0 ? 'none' : names.join(', ')}\n`,
    );
    return EXIT.usage;
  }
  const report = await examinePipelines(settings, pipeline === undefined ? names : [pipeline]);
  await show(output, report, () => renderDoctor(report, renderOptionsFor(process.stdout)));
  return exitCodeFor(report);
}

function exitCodeFor({ pipelines }: DoctorReport): number {
  const verdicts = pipelines.flatMap(({ source, shards, tables }) =>
    [...(source === undefined ? [] : [source]), ...shards, ...tables].map(({ verdict }) => verdict),
  );
  if (verdicts.includes('refused')) {
    return EXIT.failed;
  }
  return verdicts.includes('unknown') ? EXIT.unavailable : EXIT.ok;
}
