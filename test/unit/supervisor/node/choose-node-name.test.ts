import { expect, test } from 'vitest';
import { chooseNodeName } from '../../../../supervisor/node/choose-node-name.ts';

test.each([
  ['web-7.example.com', 0, 'web-7-000000'],
  ['Büro_PC', 0.5, 'b-ro-pc-i00000'],
  ['---', 0.999999999, 'node-zzzzzx'],
  ['', 0, 'node-000000'],
  ['x'.repeat(200), 0, `${'x'.repeat(33)}-000000`],
])('a host called %j makes a name that fits into a subject', (hostname, random, expected) => {
  const name = chooseNodeName(hostname, random);
  expect(name).toBe(expected);
  expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
});
