import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../../protocol/settings/secret.ts';

const secret = new Secret('hunter2');

test.each([
  ['in a template', `${secret}`],
  ['added to a text', `${'is '}${secret}`],
  ['as JSON', JSON.stringify({ secret })],
  ['inspected, hidden things too', inspect({ secret }, { showHidden: true, depth: 9 })],
  ['formatted', format('%s %o %O %j', secret, secret, secret, secret)],
  ['in the message of an error', new Error(String(secret)).stack ?? ''],
  ['by its entries', JSON.stringify([Object.entries(secret), { ...secret }, Object.getOwnPropertyNames(secret)])],
  ['cloned', inspect(structuredClone(secret))],
])('a secret does not show itself %s', (_, shown) => {
  expect(shown).not.toContain('hunter2');
});

test('only reveal gives it out', () => {
  expect(secret.reveal()).toBe('hunter2');
});

test('it tells whether there is one', () => {
  expect([`${secret}`, `${new Secret('')}`]).toEqual(['(set)', '(not set)']);
});
