import { describe, expect, test } from 'vitest';
import { parseSettingsText } from '../../../../protocol/settings/parse-settings-text.ts';
import {
  findNode,
  findPlace,
  mergeNodes,
  replaceNode,
  type SettingsNode,
  toPlain,
} from '../../../../protocol/settings/settings-node.ts';

function aTree(text: string, file = 'a.yaml'): SettingsNode {
  return parseSettingsText(file, text, { env: {}, readFile: () => '' }).root as SettingsNode; // the texts here are valid
}

const TREE = aTree('a:\n  b: [1, 2, { c: 3 }]\n  d: x');

describe('findPlace', () => {
  test.each([
    ['a key', ['a', 'b'], 2, 3],
    ['an entry of a list', ['a', 'b', 1], 2, 10],
    ['a key in an entry', ['a', 'b', 2, 'c'], 2, 15],
    ['what is missing: the nearest thing around it', ['a', 'b', 7, 'c'], 2, 3],
    ['something below a value: the value', ['a', 'd', 'e'], 3, 3],
    ['a missing section: the file', ['z', 'y'], 1, 1],
  ])('%s', (_, path, line, column) => {
    expect(findPlace(TREE, path)).toEqual({ file: 'a.yaml', line, column });
  });
});

describe('replaceNode', () => {
  test('puts another node in a place and leaves the tree that it was given as it is', () => {
    const node = findNode(TREE, ['a', 'd']) as SettingsNode; // it is there
    expect(toPlain(replaceNode(TREE, ['a', 'b', 0], node) as SettingsNode)).toEqual({
      a: { b: ['x', 2, { c: 3 }], d: 'x' },
    });
    expect(toPlain(TREE)).toEqual({ a: { b: [1, 2, { c: 3 }], d: 'x' } });
  });

  test.each([
    ['a key', ['a', 'b'], { a: { d: 'x' } }],
    ['an entry', ['a', 'b', 1], { a: { b: [1, { c: 3 }], d: 'x' } }],
    ['nothing, when the path is not there', ['a', 'z', 0], { a: { b: [1, 2, { c: 3 }], d: 'x' } }],
  ])('takes away %s', (_, path, left) => {
    expect(toPlain(replaceNode(TREE, path, undefined) as SettingsNode)).toEqual(left);
  });
});

test('mergeNodes merges maps, replaces everything else, and keeps the place of what won', () => {
  const merged = mergeNodes(TREE, aTree('a: { b: [9], e: { f: 1 } }\ng: 1', 'b.yaml'));
  expect(toPlain(merged)).toEqual({ a: { b: [9], d: 'x', e: { f: 1 } }, g: 1 });
  expect(['a.b', 'a.d', 'a.e.f', 'g'].map((path) => findPlace(merged, path.split('.')).file)).toEqual([
    'b.yaml',
    'a.yaml',
    'b.yaml',
    'b.yaml',
  ]);
});
