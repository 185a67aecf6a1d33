/**
 * YAML text → a tree with places. Stricter than YAML: one document, no tags beyond the core schema, no merge keys, text keys
 * only, and an upper limit on what aliases may expand to. YAML problems are all reported at once.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { MapEntry, Place, SettingsNode } from './settings-node.ts';
import type { SettingsProblem } from './settings-problem.ts';
import { hasPlaceholder, type SubstitutionSources, substitute } from './substitute.ts';

/** Far above any settings that people write; what aliases expand to counts. Guess. */
const MAX_NODES = 200_000;
/** The schema is 6 levels deep. */
const MAX_DEPTH = 32;
/** The parser recurses: too many brackets exhaust its stack, which it throws or reports as if it were the text's fault. */
const STACK_EXHAUSTED = /^Maximum call stack size exceeded/;

export interface ParsedText {
  /** Undefined when the text is not YAML at all, or holds nothing. */
  readonly root: SettingsNode | undefined;
  readonly problems: readonly SettingsProblem[];
}

export function parseSettingsText(file: string, text: string, sources: SubstitutionSources): ParsedText {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const documents = parseDocuments(text, lines);
  if (documents === undefined) {
    return { root: undefined, problems: [wholeFile(file, 'a few levels of maps', 'brackets nested too deeply')] };
  }
  const [document, second] = documents;
  const faults = withoutEchoes(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]));
  const problems = faults.map((fault) => describeFault(fault, placeAt(fault.pos[0])));
  if (second !== undefined && problems.length === 0) {
    const at = placeAt(second.range[0]);
    problems.push({ ...at, path: [], expected: 'one YAML document', got: 'a second one', hint: 'a file of its own' });
  }
  if (problems.length > 0) {
    return { root: undefined, problems };
  }
  if (document?.contents === null || document === undefined || isNothing(document.contents)) {
    return { root: undefined, problems: [wholeFile(file, 'settings', 'an empty file', 'version: 1')] };
  }
  const reader = new NodeReader(placeAt, sources);
  const root = reader.read(document.contents, [], 0);
  return { root, problems: reader.problems };
}

function parseDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] | undefined {
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false, // the reader below checks it; the library compares every key of a map with every other
      prettyErrors: false,
      logLevel: 'silent',
    });
    const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
    const isTooDeep = documents.some(({ errors }) => errors.some(({ message }) => STACK_EXHAUSTED.test(message)));
    return isTooDeep ? undefined : documents;
  } catch {
    return undefined;
  }
}

/** Once the parser has lost its way, every token up to the end is one that it did not expect. */
function withoutEchoes(faults: readonly YAMLError[]): readonly YAMLError[] {
  const first = faults.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  return faults.filter(({ code }, index) => code !== 'UNEXPECTED_TOKEN' || index === first);
}

function isNothing(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function describeFault({ message, code }: YAMLError, at: Place): SettingsProblem {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { ...at, path: [], expected: 'spaces as indentation', got: 'a tab', hint: 'two spaces per level' };
    case 'TAG_RESOLVE_FAILED':
      return { ...at, path: [], expected: 'plain values', got: 'a tag', hint: 'leaving it out' };
    default:
      // The library's messages of other kinds name the grammar, and some quote the text: its first line without quotations.
      return {
        ...at,
        path: [],
        expected: 'valid YAML',
        got: (message.split('\n')[0] ?? '').replace(/"[^"]*"|: .*/g, '…'),
      };
  }
}

export function wholeFile(file: string, expected: string, got: string, hint?: string): SettingsProblem {
  return { file, line: 0, column: 0, path: [], expected, got, hint };
}

/**
 * Walks one document. Aliases are followed, so a limit on nodes stops those that multiply, and one on depth those in a ring.
 * What an alias stands for is kept here: the library would search the whole document for each one.
 */
class NodeReader {
  readonly problems: SettingsProblem[] = [];
  readonly #placeAt: (offset: number) => Place;
  readonly #sources: SubstitutionSources;
  readonly #anchors = new Map<string, unknown>();
  readonly #targets = new Map<Alias, unknown>();
  #expanding = 0;
  #nodes = 0;

  constructor(placeAt: (offset: number) => Place, sources: SubstitutionSources) {
    this.#placeAt = placeAt;
    this.#sources = sources;
  }

  read(node: unknown, path: readonly (string | number)[], depth: number): SettingsNode | undefined {
    const at = this.#placeOf(node);
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      this.#complainOnce(at);
      return undefined;
    }
    if (isAlias(node)) {
      return this.#readAlias(node, path, depth);
    }
    this.#keepAnchor(node);
    if (isMap(node)) {
      return { kind: 'map', at, entries: this.#readEntries(node, path, depth) };
    }
    if (isSeq(node)) {
      const entries = node.items.map((entry, index) => this.read(entry, [...path, index], depth + 1));
      return { kind: 'list', at, entries: entries.filter((entry) => entry !== undefined) };
    }
    return this.#readScalar(isScalar(node) ? node : new Scalar(null), path, at);
  }

  #readAlias(alias: Alias, path: readonly (string | number)[], depth: number): SettingsNode | undefined {
    if (!this.#targets.has(alias) && !this.#anchors.has(alias.source)) {
      const at = this.#placeOf(alias);
      // Its name is not shown: a password that begins with * and was not quoted is an alias too.
      this.problems.push({ ...at, path, expected: 'an anchor of that name in front of the alias', got: 'none' });
      return nothingAt(at);
    }
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    this.#targets.set(alias, target);
    this.#expanding += 1;
    const node = this.read(target, path, depth + 1);
    this.#expanding -= 1;
    return node;
  }

  /** In the order of the text: an anchor may be given anew, and aliases in front of that still mean the old one. */
  #keepAnchor(node: unknown): void {
    if (this.#expanding === 0 && isNode(node) && !isAlias(node) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
  }

  #readEntries(map: YAMLMap, path: readonly (string | number)[], depth: number): Map<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    for (const pair of map.items) {
      const keyAt = this.#placeOf(pair.key);
      this.#keepAnchor(pair.key);
      const key = readKey(pair);
      if (key === undefined) {
        this.problems.push({ ...keyAt, path, expected: 'a name as key', got: 'something else' });
        continue;
      }
      if (entries.has(key)) {
        const got = 'a second one of the same name';
        this.problems.push({ ...keyAt, path: [...path, key], expected: 'every key once in a map', got });
        continue;
      }
      const node = pair.value === null ? nothingAt(keyAt) : this.read(pair.value, [...path, key], depth + 1);
      if (node !== undefined) {
        entries.set(key, { keyAt, node });
      }
    }
    return entries;
  }

  #readScalar(scalar: Scalar, path: readonly (string | number)[], at: Place): SettingsNode {
    const isPlain = scalar.type === undefined || scalar.type === Scalar.PLAIN;
    const text = isPlain ? (scalar.source ?? '') : String(scalar.value);
    if (!hasPlaceholder(text)) {
      const value = isPlain ? readPlain(text) : text;
      const written = isPlain ? text : JSON.stringify(text);
      return { kind: 'scalar', at, value, written, plainText: isPlain ? text : undefined, substituted: false };
    }
    const result = substitute(text, this.#sources);
    if ('text' in result) {
      return { kind: 'scalar', at, value: result.text, written: text, plainText: result.text, substituted: true };
    }
    this.problems.push({ ...at, path, ...result });
    return { kind: 'scalar', at, value: null, written: text, plainText: undefined, substituted: true };
  }

  #placeOf(node: unknown): Place {
    const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
    return this.#placeAt(range?.[0] ?? 0);
  }

  #complainOnce(at: Place): void {
    const expected = `at most ${MAX_NODES} values, ${MAX_DEPTH} levels deep, aliases expanded`;
    if (!this.problems.some((problem) => problem.expected === expected)) {
      this.problems.push({ ...at, path: [], expected, got: 'more', hint: 'writing it out without aliases' });
    }
  }
}

function nothingAt(at: Place): SettingsNode {
  return { kind: 'scalar', at, value: null, written: '', plainText: undefined, substituted: false };
}

/** `on`, `no` and `1e3` are texts, numbers have no leading zero. What a text or number is wanted for, the schema decides. */
function readPlain(text: string): string | number | boolean | null {
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text)) {
    return Number(text);
  }
  if (text === 'true' || text === 'false') {
    return text === 'true';
  }
  return text === '' || text === '~' || text === 'null' ? null : text;
}

/** A key as it is written; `__proto__` is none, so that no map can change what its object inherits. */
function readKey({ key }: Pair): string | undefined {
  if (!isScalar(key)) {
    return undefined;
  }
  const text = key.type === Scalar.PLAIN ? (key.source ?? '') : String(key.value);
  return text === '' || text === '__proto__' ? undefined : text;
}
