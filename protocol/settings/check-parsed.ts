/** Parsed files → frozen settings, or every problem in them: of the texts, of the schema, and of the rules between fields. */
import { checkRules } from './check-rules.ts';
import { checkShape } from './check-shape.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { ParsedText } from './parse-settings-text.ts';
import { findNode, findPlace, mergeNodes, type SettingsNode, type SettingsPath } from './settings-node.ts';
import { type Complaint, type SettingsProblem, sortProblems } from './settings-problem.ts';
import type { Settings } from './settings-schema.ts';

export type SettingsReading =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly SettingsProblem[] };

/** @param parsed at least one; later ones go over earlier ones. @returns problems in reading order */
export function checkParsed(parsed: readonly ParsedText[]): SettingsReading {
  const problems = parsed.flatMap((one) => one.problems);
  const roots = parsed.map(({ root }) => root).filter((root) => root !== undefined);
  const [first, ...others] = roots;
  if (first === undefined || roots.length < parsed.length) {
    return refuse(problems); // the schema would only complain about what a broken file did not say
  }
  return checkTree(others.reduce(mergeNodes, first), problems);
}

function checkTree(root: SettingsNode, problems: readonly SettingsProblem[]): SettingsReading {
  const shape = checkShape(root);
  const found = [...problems];
  const isWrong = (path: SettingsPath) =>
    found.some((problem) => problem.path.length > 0 && startsWith(problem.path, path));
  const add = (complaints: readonly Complaint[]) => {
    found.push(...complaints.map((complaint) => ({ ...complaint, ...findPlace(root, complaint.path) })));
  };
  add(shape.complaints.filter(({ path }) => !found.some((problem) => isSamePath(problem.path, path))));
  // A rule about something that is wrong in itself would say the same again in other words.
  const fresh = checkRules(shape.root).filter(({ path, against }) => !isWrong(path) && !(against && isWrong(against)));
  add(fresh.map((complaint) => withoutContent(root, complaint)));
  if (shape.settings === undefined || found.length > 0) {
    return refuse(found);
  }
  return { settings: deepFreeze(shape.settings), problems: [] };
}

/** Rules see values, and the content of variables and files is never shown. */
function withoutContent(root: SettingsNode, complaint: Complaint): Complaint {
  const node = findNode(root, complaint.path);
  return node?.kind === 'scalar' && node.substituted
    ? { ...complaint, got: `what ${node.written} stands for` }
    : complaint;
}

function refuse(problems: readonly SettingsProblem[]): SettingsReading {
  return { settings: undefined, problems: sortProblems(problems) };
}

function isSamePath(left: SettingsPath, right: SettingsPath): boolean {
  return left.length === right.length && startsWith(left, right);
}

function startsWith(path: SettingsPath, start: SettingsPath): boolean {
  return start.every((step, index) => path[index] === step);
}
