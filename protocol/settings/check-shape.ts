/**
 * Holds settings against the schema and says everything that is wrong. YAML cannot know whether 3306 is a number or a
 * password; where the schema wants the other of the two, the scalar is read again as that.
 */
import type { z } from 'zod';
import { findNearestWord } from './nearest-word.ts';
import { describeSchema, findJsonSchema, type JsonSchema } from './settings-json-schema.ts';
import {
  findNode,
  replaceNode,
  type ScalarNode,
  type SettingsNode,
  type SettingsPath,
  toPlain,
} from './settings-node.ts';
import { type Complaint, isPlainKey } from './settings-problem.ts';
import { type Settings, settingsSchema } from './settings-schema.ts';

const MAX_SHOWN_CHARACTERS = 60;

export interface ShapeCheck {
  /** Undefined unless there are no complaints. */
  readonly settings: Settings | undefined;
  readonly complaints: readonly Complaint[];
  /** The tree with its scalars read as the schema wants them, and without what is wrong. */
  readonly root: SettingsNode;
}

export function checkShape(root: SettingsNode): ShapeCheck {
  const first = settingsSchema.safeParse(toPlain(root));
  if (first.success) {
    return { settings: first.data, complaints: [], root };
  }
  const typed = first.error.issues.reduce(readAsWanted, root);
  const second = settingsSchema.safeParse(toPlain(typed));
  if (second.success) {
    return { settings: second.data, complaints: [], root: typed };
  }
  const complaints = second.error.issues.flatMap((issue) => describeIssue(issue, typed));
  return { settings: undefined, complaints, root: withoutWrong(typed, complaints) };
}

function readAsWanted(root: SettingsNode, issue: z.core.$ZodIssue): SettingsNode {
  const path = readPath(issue);
  const node = findNode(root, path);
  const text = node?.kind === 'scalar' ? node.plainText : undefined;
  if (issue.code !== 'invalid_type' || node?.kind !== 'scalar' || text === undefined) {
    return root;
  }
  if (issue.expected === 'string' && node.value !== null) {
    return replaceNode(root, path, { ...node, value: text }) ?? root;
  }
  if ((issue.expected === 'number' || issue.expected === 'int') && /^-?(0|[1-9]\d{0,14})$/.test(text)) {
    return replaceNode(root, path, { ...node, value: Number(text) }) ?? root;
  }
  return root;
}

/** Deepest last entries first, so that the place of those before stays. */
function withoutWrong(root: SettingsNode, complaints: readonly Complaint[]): SettingsNode {
  return complaints
    .toReversed()
    .reduce<SettingsNode>(
      (tree, { path }) => (path.length === 0 ? tree : (replaceNode(tree, path, undefined) ?? tree)),
      root,
    );
}

function describeIssue(issue: z.core.$ZodIssue, root: SettingsNode): Complaint[] {
  const path = readPath(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => describeUnknownKey(path, key));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message.replace(/^expected /, '') ?? 'another name';
    const key = String(path.at(-1));
    return [{ path, expected: `a key of ${expected}`, got: isPlainKey(key) ? key : 'one with other characters' }];
  }
  const schema = findJsonSchema(path) ?? {};
  const node = findNode(root, path);
  const own = /^expected (.*)$/s.exec(issue.message)?.[1];
  return [
    { path, expected: own ?? describeSchema(schema), got: describeNode(node, schema), hint: suggest(node, schema) },
  ];
}

function describeUnknownKey(path: SettingsPath, key: string): Complaint {
  const known = Object.keys(findJsonSchema(path)?.properties ?? {});
  const nearest = findNearestWord(key, known);
  const hint = key === '<<' ? 'an alias for each value; merge keys are not part of YAML 1.2' : nearest;
  return { path: [...path, key], expected: `one of the keys ${known.join(', ')}`, got: 'an unknown key', hint };
}

/** What came, for people. Content of variables, files and secrets is never shown. */
function describeNode(node: SettingsNode | undefined, schema: JsonSchema): string {
  switch (node?.kind) {
    case undefined:
      return 'nothing';
    case 'list':
      return `a list of ${node.entries.length}`;
    case 'map':
      return 'a map';
    case 'scalar':
      return describeScalar(node, schema);
  }
}

function describeScalar({ value, written, substituted }: ScalarNode, schema: JsonSchema): string {
  if (value === null) {
    return 'nothing';
  }
  if (schema.secret === true) {
    return 'a value that is not shown';
  }
  if (substituted) {
    return `what ${written} stands for`;
  }
  const shown = maskCredentials(written);
  return shown.length > MAX_SHOWN_CHARACTERS ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…` : shown;
}

/** Whatever stands in front of an @ may be a user and a password. */
function maskCredentials(text: string): string {
  return text.replace(/^("?(?:[a-z]+:\/\/)?).*@/is, '$1…@');
}

function suggest(node: SettingsNode | undefined, schema: JsonSchema): string | undefined {
  const value = node?.kind === 'scalar' ? node.value : undefined;
  if (schema.enum !== undefined && schema.enum.length > 1 && typeof value === 'string') {
    return findNearestWord(value, schema.enum);
  }
  if (schema.minimum !== undefined && schema.maximum !== undefined && typeof value === 'number') {
    return String(Math.round(Math.min(schema.maximum, Math.max(schema.minimum, value))));
  }
  if (schema.secret === true) {
    return '${NAME} or ${file:path}';
  }
  const example = schema.examples?.[0] ?? schema.default;
  return typeof example === 'string' || typeof example === 'number' ? String(example) : undefined;
}

function readPath(issue: z.core.$ZodIssue): SettingsPath {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}
