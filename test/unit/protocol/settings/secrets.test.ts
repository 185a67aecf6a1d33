/** No problem shows what is secret, or what a variable or a file holds. */
import { describe, expect, test } from 'vitest';
import { aSettingsText, problemsOf } from '../../../support/settings-text.ts';

const SECRET = 'hunter2';

function shownFor(text: string, env: Readonly<Record<string, string>> = {}): string {
  const problems = problemsOf(text, { env, files: { 'secret.txt': SECRET } });
  expect(problems.length).toBeGreaterThan(0);
  return problems.join('\n');
}

describe('credentials in a place for them or beside it', () => {
  test.each([
    ['a password that is a list', { state: `state: { host: h, user: u, database: d, password: [${SECRET}] }` }],
    ['a URL of NATS (B127)', { nats: `nats: { servers: ["nats://u:${SECRET}@h:4222"] }` }],
    ['a URL with a slash in the password', { nats: `nats: { servers: ["nats://u:x/${SECRET}@h:4222"] }` }],
    ['a URL with an @ in the password', { nats: `nats: { servers: [nats://u:@${SECRET}@h:4222] }` }],
    ['a URL that is too long to be shown', { nats: `nats: { servers: ["nats://u:${SECRET}@${'h'.repeat(80)} :1"] }` }],
    ['a host with a user and password', { state: `state: { host: "u:${SECRET}@h", user: u, database: d }` }],
    ['a broker with a user and password', { kafka: `kafka: { brokers: ["u:${SECRET}@h:9092"] }` }],
  ])('%s', (_, sections) => {
    expect(shownFor(aSettingsText(sections))).not.toContain(SECRET);
  });
});

describe('what stands for something is shown, not what it stands for', () => {
  test.each([
    ['a value of the wrong form', { environment: 'environment: "${X} "' }, 'environment: expected'],
    ['a number', { state: 'state: { host: h, port: "${X}", user: u, database: d }' }, 'got what ${X} stands for'],
    [
      'a name that is not there',
      { captures: 'captures: { c: { database: "${X}", topic: t, serverId: 1, tables: { a: { recordKey: [b] } } } }' },
      'got what ${X} stands for',
    ],
    ['a file', { kafka: 'kafka: { brokers: ["${file:secret.txt}"] }' }, 'got what ${file:secret.txt} stands for'],
  ])('%s', (_, sections, shown) => {
    const text = shownFor(aSettingsText(sections), { X: SECRET });
    expect(text).not.toContain(SECRET);
    expect(text).toContain(shown);
  });

  test('a variable that is missing or empty is named (B120)', () => {
    const state = 'state: { host: h, user: "${DB_USER}", password: "${DB_PASS:?ask the DBA}", database: d }';
    expect(problemsOf(aSettingsText({ state }), { env: { DB_USER: '' } })).toEqual([
      expect.stringContaining('state.user: expected the environment variable DB_USER, got one that is empty'),
      expect.stringContaining(
        'state.password: expected the environment variable DB_PASS (ask the DBA), got none of that name',
      ),
    ]);
  });
});
