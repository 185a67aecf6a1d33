/**
 * A settings file as a tree that knows where each value was written. YAML is read into it, files are merged in it,
 * and a problem found later, by the schema or by a rule, finds its line and column here.
 */
export interface Place {
  readonly file: string;
  /** From 1; 0 when the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: string | number | boolean | null;
  /** As it stands in the file; what may be shown to people. */
  readonly written: string;
  /** The text, where YAML took it for a number or a word although a text may be meant; undefined when it was quoted. */
  readonly plainText: string | undefined;
  /** True when part of the value came from a variable or a file: never shown. */
  readonly substituted: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: Place;
  readonly entries: readonly SettingsNode[];
}

export interface MapEntry {
  readonly keyAt: Place;
  readonly node: SettingsNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export type SettingsNode = ScalarNode | ListNode | MapNode;
export type SettingsPath = readonly (string | number)[];

export function findNode(root: SettingsNode, path: SettingsPath): SettingsNode | undefined {
  return path.reduce<SettingsNode | undefined>((node, step) => findChild(node, step), root);
}

/** Where a path is written: its key, else the nearest thing around it. */
export function findPlace(root: SettingsNode, path: SettingsPath): Place {
  let place = root.at;
  let node: SettingsNode | undefined = root;
  for (const step of path) {
    const key = node?.kind === 'map' ? node.entries.get(String(step))?.keyAt : undefined;
    node = findChild(node, step);
    if (node === undefined) {
      break;
    }
    place = key ?? node.at;
  }
  return place;
}

/** The same tree with another node at a path, or without it when `node` is undefined. */
export function replaceNode(
  root: SettingsNode,
  path: SettingsPath,
  node: SettingsNode | undefined,
): SettingsNode | undefined {
  const [step, ...rest] = path;
  if (step === undefined) {
    return node;
  }
  const child = findChild(root, step);
  if (child === undefined || root.kind === 'scalar') {
    return root;
  }
  const replaced = replaceNode(child, rest, node);
  return root.kind === 'list'
    ? withListEntry(root, Number(step), replaced)
    : withMapEntry(root, String(step), replaced);
}

/** The values alone, as the schema wants them. */
export function toPlain(node: SettingsNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.entries.map(toPlain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toPlain(entry.node)]));
  }
}

/** `over` on top of `base`: maps merge, everything else replaces. */
export function mergeNodes(base: SettingsNode, over: SettingsNode): SettingsNode {
  if (base.kind !== 'map' || over.kind !== 'map') {
    return over;
  }
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? entry : { ...entry, node: mergeNodes(below.node, entry.node) });
  }
  return { ...base, entries };
}

function findChild(node: SettingsNode | undefined, step: string | number): SettingsNode | undefined {
  if (node?.kind === 'map') {
    return node.entries.get(String(step))?.node;
  }
  return node?.kind === 'list' ? node.entries[Number(step)] : undefined;
}

function withListEntry(list: ListNode, index: number, node: SettingsNode | undefined): ListNode {
  const entries = node === undefined ? list.entries.toSpliced(index, 1) : list.entries.with(index, node);
  return { ...list, entries };
}

function withMapEntry(map: MapNode, key: string, node: SettingsNode | undefined): MapNode {
  const entries = new Map(map.entries);
  const entry = entries.get(key);
  if (node === undefined || entry === undefined) {
    entries.delete(key);
  } else {
    entries.set(key, { ...entry, node });
  }
  return { ...map, entries };
}
