import { describe, expect, test } from 'vitest';
import { aSettingsText, problemsOf, readTexts } from '../../../support/settings-text.ts';

test('valid settings are read with their defaults, and frozen', () => {
  const { settings, problems } = readTexts([aSettingsText()]);
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    nats: { requestTimeout: 2_000 },
    supervisor: { heartbeatEvery: 1_000, restartBudget: { restarts: 5, within: 60_000 } },
    captures: { order: { startFrom: 'now', epoch: 0, heartbeat: 1_000 } },
    pipelines: { 'order-seller': { lanes: 2, marker: { version: 'ergate_seq' }, batch: { minRows: 20 } } },
  });
  expect(Object.isFrozen(settings?.pipelines['order-seller']?.batch)).toBe(true);
});

test('problems of the text, of the schema and between fields come at once, in reading order', () => {
  const text = aSettingsText({
    environment: 'environment: Test',
    state: 'state: { host: state, user: ergate, database: ergate, pasword: x }',
    captures: `captures:
  order: { database: ordr, topic: cdc.order, serverId: 5701, heartbeat: 5, tables: { orders: { recordKey: [id] } } }
  again: { database: order, topic: cdc.order, serverId: 5701, tables: { orders: { recordKey: [id] } } }`,
    pipelines: 'pipelines: { p: { source: { database: order, topic: "${TOPIC}" }, lanes: 0 } }',
  });
  expect(problemsOf(text)).toEqual([
    'a.yaml:2:1  environment: expected 1 to 40 characters of a-z, 0-9 and -, got Test',
    'a.yaml:5:55  state.pasword: expected one of the keys host, port, user, password, database, keepClosedCases, got an unknown key, try password',
    'a.yaml:14:12  captures.order.database: expected one of order, seller, got ordr, try order',
    'a.yaml:14:62  captures.order.heartbeat: expected a duration from 100ms to 1m with its unit, got 5, try 1s',
    'a.yaml:15:29  captures.again.topic: expected a value that no other capture has, got cdc.order as capture order has',
    'a.yaml:15:47  captures.again.serverId: expected a value that no other capture has, got 5701 as capture order has',
    expect.stringMatching(/^a\.yaml:16:14 {2}pipelines\.p\.target: expected a map/),
    expect.stringMatching(/^a\.yaml:16:14 {2}pipelines\.p\.tables: expected a map/),
    'a.yaml:16:53  pipelines.p.source.topic: expected the environment variable TOPIC, got none of that name, try setting it, or ${TOPIC:-…} with a default',
    'a.yaml:16:67  pipelines.p.lanes: expected a whole number from 1 to 64, got 0, try 1',
  ]);
});

describe('single values', () => {
  test.each([
    ['an unknown key, with the one that was meant (B116)', 'ignor-columns: [x]', 'try ignoreColumns'],
    ['an unknown key that no other is like', 'sql: x', 'got an unknown key'],
    ['a key that every object inherits', 'constructor: x', 'got an unknown key'],
    ['a merge key (B119)', '<<: { a: 1 }', 'merge keys are not part of YAML 1.2'],
    ['SQL in the name of a look-up (B126)', 'findCkey: { resolver: "SELECT 1", by: a }', 'the name of a resolver'],
  ])('%s is refused', (_, table, shown) => {
    const text = aSettingsText({
      pipelines: `pipelines:
  p:
    source: { database: order, topic: cdc.order }
    target: { database: order2 }
    tables: { orders: { ${table} } }`,
    });
    expect(problemsOf(text).join('\n')).toContain(shown);
  });

  test.each([
    ['lanes: 0', 'lanes: expected a whole number from 1 to 64, got 0, try 1'],
    ['lanes: -1', 'lanes: expected a whole number from 1 to 64, got -1, try 1'],
    ['lanes: 1e9', 'lanes: expected a whole number from 1 to 64, got 1e9'],
    ['lanes: 1000000000', 'lanes: expected a whole number from 1 to 64, got 1000000000, try 64'],
    ['lanes: 2.5', 'lanes: expected a whole number from 1 to 64, got 2.5'],
    ['lanes: "10"', 'lanes: expected a whole number from 1 to 64, got "10"'],
    ['lanes: 010', 'lanes: expected a whole number from 1 to 64, got 010'],
    ['lanes: yes', 'lanes: expected a whole number from 1 to 64, got yes'],
    ['lanes: [1]', 'lanes: expected a whole number from 1 to 64, got a list of 1'],
    ['lanes:', 'lanes: expected a whole number from 1 to 64, got nothing'],
    ['latencyColumn: ""', 'latencyColumn: expected a text of 1 to 64 characters, got ""'],
    ['batch: { growBelow: 0ms }', 'batch.growBelow: expected a duration from 1ms to 1m, got 0ms, try 50ms'],
    ['batch: { growBelow: 5 m }', 'batch.growBelow: expected a duration from 1ms to 1m with its unit, got 5 m'],
    ['batch: { minRows: 1001 }', 'batch.minRows: expected at most maxRows, got 1001, and maxRows is 1000'],
    ['batch: { growBelow: 200ms }', 'batch.growBelow: expected less than shrinkAbove, got 200 ms'],
    ['maxQueuedBytes: 65536', 'batch.maxBytes: expected at most maxQueuedBytes, got 1048576'],
  ])('a pipeline with %s is refused (B121)', (setting, shown) => {
    const problems = problemsOf(aSettingsText({ pipelines: aPipeline(setting) }));
    expect(problems).toEqual([expect.stringContaining(`pipelines.p.${shown}`)]);
  });

  test('a value that only looks like another type is taken as the one that is wanted (B118)', () => {
    const { settings } = readTexts(
      [
        aSettingsText({
          environment: 'environment: 2024',
          state: 'state: { host: 10.5, port: "${PORT}", user: true, password: 0123, database: 1.50 }',
        }),
      ],
      { env: { PORT: '3307' } },
    );
    expect(settings?.environment).toBe('2024');
    expect(settings?.state).toMatchObject({ host: '10.5', port: 3307, user: 'true', database: '1.50' });
    expect(settings?.state.password.reveal()).toBe('0123');
  });

  test.each([
    ['Order', 'got Order'],
    ['"pass word"', 'got one with other characters'],
  ])('the name %s is refused', (name, shown) => {
    const databases = `databases: { ${name}: { driver: mysql, shards: [] } }`;
    const shownFirst = problemsOf(aSettingsText({ databases, captures: '', pipelines: '' }))[0];
    expect(shownFirst).toContain('expected a key of 1 to 40 characters of a-z, 0-9 and -');
    expect(shownFirst).toContain(shown);
  });

  test('a settings file of another version is refused', () => {
    expect(problemsOf(aSettingsText({ version: 'version: 2' }))).toEqual(['a.yaml:1:1  version: expected 1, got 2']);
  });

  test.each(['[1]', 'text', '12'])('settings that are %s are no map', (text) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining('expected a map with version, environment, nats')]);
  });
});

function aPipeline(more: string): string {
  return `pipelines:
  p:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }
    ${more}`;
}

describe('several files', () => {
  test('maps merge, lists and values of the later file replace, and places are those of the file that says it', () => {
    const over = 'nats: { servers: ["nats://other:4222"] }\npipelines: { order-seller: { lanes: 4 } }';
    const { settings } = readTexts([aSettingsText(), over]);
    expect(settings).toMatchObject({
      nats: { servers: ['nats://other:4222'], requestTimeout: 2_000 },
      pipelines: { 'order-seller': { lanes: 4, target: { database: 'seller' } } },
    });

    const { problems } = readTexts([aSettingsText(), 'kafka: { brokers: [] }\nlanes: 4']);
    expect(problems.map(({ file, line, path }) => [file, line, path.join('.')])).toEqual([
      ['b.yaml', 1, 'kafka.brokers'],
      ['b.yaml', 2, 'lanes'],
    ]);
  });

  test('a broken file hides what the others would complain about, since it may say it', () => {
    const { problems } = readTexts(['version: 1', 'nats: [']);
    expect(problems.map(({ file }) => file)).toEqual(['b.yaml']);
  });
});
