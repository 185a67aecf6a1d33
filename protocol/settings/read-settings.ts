/**
 * Settings files → frozen settings, or every problem in them at once.
 *
 * Each file is YAML; `${…}` is filled in after parsing, in scalars only. Later files go over earlier ones: maps merge,
 * lists and values replace. The schema is settings-schema.ts, the rules between fields are in rule/. After this nothing
 * reads the environment.
 */
import { dirname, resolve } from 'node:path';
import { ReplicationError } from '../errors/replication-error.ts';
import { checkRules } from './check-rules.ts';
import { checkShape } from './check-shape.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type ParsedText, parseSettingsText, wholeFile } from './parse-settings-text.ts';
import { readTextFile } from './read-text-file.ts';
import { findPlace, mergeNodes, type SettingsNode, type SettingsPath } from './settings-node.ts';
import { type Complaint, renderProblem, type SettingsProblem, sortProblems } from './settings-problem.ts';
import type { Settings } from './settings-schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type SettingsReading =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly SettingsProblem[] };

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
    return refuse([wholeFile('(no file)', 'a settings file', 'none', '--config <file>')]);
  }
  const parsed = files.map((file) => parseFile(file, env));
  const problems = parsed.flatMap((one) => one.problems);
  const roots = parsed.map(({ root }) => root).filter((root) => root !== undefined);
  const [first, ...others] = roots;
  if (first === undefined || roots.length < files.length) {
    return refuse(problems); // the schema would only complain about what a broken file did not say
  }
  return checkTree(others.reduce(mergeNodes, first), problems);
}

function checkTree(root: SettingsNode, problems: readonly SettingsProblem[]): SettingsReading {
  const shape = checkShape(root);
  const found = [...problems];
  const add = (complaints: readonly Complaint[], isKnown: (path: SettingsPath) => boolean) => {
    const fresh = complaints.filter(({ path }) => !isKnown(path));
    found.push(...fresh.map((complaint) => ({ ...complaint, ...findPlace(root, complaint.path) })));
  };
  add(shape.complaints, (path) => found.some((problem) => isSamePath(problem.path, path)));
  // A rule about something that is wrong in itself would say the same again in other words.
  add(checkRules(shape.root), (path) =>
    found.some((problem) => problem.path.length > 0 && startsWith(problem.path, path)),
  );
  if (shape.settings === undefined || found.length > 0) {
    return refuse(found);
  }
  return { settings: deepFreeze(shape.settings), problems: [] };
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

function refuse(problems: readonly SettingsProblem[]): SettingsReading {
  return { settings: undefined, problems: sortProblems(problems) };
}

function listProblems(problems: readonly SettingsProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.slice(0, MAX_SHOWN_PROBLEMS).map((problem) => `  ${renderProblem(problem)}`);
  const more = problems.length - lines.length;
  return [`${count} in the settings`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function isSamePath(left: SettingsPath, right: SettingsPath): boolean {
  return left.length === right.length && startsWith(left, right);
}

function startsWith(path: SettingsPath, start: SettingsPath): boolean {
  return start.every((step, index) => path[index] === step);
}
