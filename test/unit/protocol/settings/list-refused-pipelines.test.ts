import { describe, expect, test } from 'vitest';
import { listRefusedPipelines } from '../../../../protocol/settings/list-refused-pipelines.ts';
import type { Settings } from '../../../../protocol/settings/settings-schema.ts';
import { aSettingsText, problemsOf, readTexts } from '../../../support/settings-text.ts';

const FROM_ORDER = 'source: { database: order, topic: cdc.order }';

function pipelines(...entries: readonly string[]): string {
  return `pipelines:\n${entries.map((entry, index) => `  p${index}: { ${entry} }`).join('\n')}`;
}

describe('a driver without an adapter', () => {
  const withOracle = `databases:
  order: { driver: mysql, shards: [{ name: o, host: order-host, user: u, database: order }] }
  seller: { driver: mysql, shards: [{ name: s, host: h, user: u, database: seller }] }
  ora: { driver: oracle, shards: [{ name: o, host: x, user: u, database: d }] }`;

  test.each([
    [
      'a capture',
      { captures: 'captures: { c: { database: ora, topic: t, serverId: 1, tables: { a: { recordKey: [id] } } } }' },
    ],
    [
      'a pipeline',
      {
        pipelines: pipelines('source: { database: ora, topic: t }, target: { database: seller }, tables: { a: {} }'),
      },
    ],
    [
      'a look-up',
      {
        pipelines: pipelines(
          `${FROM_ORDER}, target: { database: seller }, tables: { orders: { columnReplace: { x: { resolver: NAME_OF_SELLER, by: y, database: ora } } } }`,
        ),
      },
    ],
  ])('is refused with its code where %s reads it', (_, sections) => {
    expect(problemsOf(aSettingsText({ databases: withOracle, pipelines: '', ...sections }))).toEqual([
      expect.stringMatching(/databases\.ora\.driver: expected mysql.*got oracle.*\(ERG_8002\)$/),
    ]);
  });

  test('is taken for a target, whose pipeline cannot be run, and that one alone', () => {
    const text = aSettingsText({
      databases: withOracle,
      pipelines: pipelines(
        `${FROM_ORDER}, target: { database: ora }, tables: { orders: {} }`,
        `${FROM_ORDER}, target: { database: seller }, tables: { orders: {} }`,
      ),
    });
    const { settings, problems } = readTexts([text]);
    expect(problems).toEqual([]);
    expect([...listRefusedPipelines(settings as Settings)]).toEqual([['p0', expect.stringContaining('oracle')]]);
  });
});
