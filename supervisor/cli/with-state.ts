import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { loadSettings } from './load-settings.ts';

/** For one command: rows tell the truth, also without a supervisor. */
export async function withState<T>(
  config: readonly string[],
  work: (state: StateDatabase, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = loadSettings(config);
  const state = openStateDatabase(settings.state);
  try {
    return await work(state, settings);
  } finally {
    state.close();
  }
}

/** For JSON and YAML, which have no numbers as large as ids and offsets: those are texts. */
export function asDocument(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)));
}

/** 'YYYY-MM-DD hh:mm:ss' UTC. */
export function formatTime(ms: number | null): string {
  return ms === null ? '-' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** @returns one at least: all when none is named; undefined when there is none of that name, which is told */
export function choosePipelines({ pipelines }: Settings, name: string | undefined): readonly string[] | undefined {
  const all = Object.keys(pipelines);
  const chosen = name === undefined ? all : all.filter((one) => one === name);
  if (chosen.length > 0) {
    return chosen;
  }
  process.stderr.write(
    `there is no pipeline${name === undefined ? '' : ` ${name}`}; there are: ${all.length === 0 ? 'none' : all.join(', ')}\n`,
  );
  return undefined;
}
