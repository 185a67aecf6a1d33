/**
 * Settings files → frozen settings, or every problem in them at once.
 *
 * Each file is YAML; `${…}` is filled in after parsing, in scalars only. Later files go over earlier ones: maps merge,
 * lists and values replace. The schema is settings-schema.ts, the rules between fields are in rule/. After this nothing
 * reads the environment.
 */
import { dirname, resolve } from 'node:path';
import { ReplicationError } from '../errors/replication-error.ts';
import { checkParsed, type SettingsReading } from './check-parsed.ts';
import { type ParsedText, parseSettingsText, wholeFile } from './parse-settings-text.ts';
import { readTextFile } from './read-text-file.ts';
import { renderProblem, type SettingsProblem } from './settings-problem.ts';
import type { Settings } from './settings-schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A thousand shards take a tenth of this. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Passwords, tokens, certificates. */
const MAX_INCLUDED_BYTES = 64 * 1024;
const MAX_SHOWN_PROBLEMS = 50;

/** @throws ReplicationError ERG_8001 whose message lists all problems */
export function readSettings(files: readonly string[], env: Environment): Settings {
  const { settings, problems } = checkSettings(files, env);
  if (settings === undefined) {
    throw new ReplicationError('ERG_8001', listProblems(problems), { context: { problems: problems.length } });
  }
  return settings;
}

/** The same without throwing. @returns problems in reading order */
export function checkSettings(files: readonly string[], env: Environment): SettingsReading {
  if (files.length === 0) {
    const problem = wholeFile('(no file)', 'a settings file', 'none', '--config <file>');
    return { settings: undefined, problems: [problem] };
  }
  return checkParsed(files.map((file) => parseFile(file, env)));
}

function parseFile(file: string, env: Environment): ParsedText {
  let text: string;
  try {
    text = readTextFile(file, MAX_FILE_BYTES);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { root: undefined, problems: [{ ...wholeFile(file, 'a settings file', got), code: 'ERG_8003' }] };
  }
  const folder = dirname(resolve(file));
  const readFile = (path: string) => readTextFile(resolve(folder, path), MAX_INCLUDED_BYTES);
  return parseSettingsText(file, text, { env, readFile });
}

function listProblems(problems: readonly SettingsProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.slice(0, MAX_SHOWN_PROBLEMS).map((problem) => `  ${renderProblem(problem)}`);
  const more = problems.length - lines.length;
  return [`${count} in the settings`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}
