import { expect, test } from 'vitest';
import type { ShardGate } from '../../../actors/breaker/shard-gate.ts';
import { GatedRowReader } from '../../../actors/row/gated-row-reader.ts';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { Settings } from '../../../protocol/settings/settings-schema.ts';
import { listSourceKeys, openRowReaders } from '../../../supervisor/open-row-readers.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { aSettingsText, readTexts } from '../../support/settings-text.ts';

const { databases, pipelines } = readTexts([
  aSettingsText({
    databases: `databases:
  order: { driver: mysql, shards: [{ name: order, host: order-host, user: u, database: order }] }
  seller:
    driver: mysql
    shards:
      - { name: seller0, host: seller-host, user: u, database: seller, replica: { host: replica-host } }
      - { name: seller1, host: seller-host, port: 3307, user: u, database: seller }
  ora: { driver: oracle, shards: [{ name: ora, host: ora-host, user: u, database: ord }] }`,
    pipelines: `pipelines:
  seller:
    source: { database: order, topic: t }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: s }, history: { shardKey: s, target: log, primaryKey: [no, at] } }
  history: { source: { database: order, topic: t }, target: { database: ora }, tables: { orders: {} } }`,
  }),
]).settings as Settings;

const database = (name: string) => databases[name] as Settings['databases'][string];
const pipeline = (name: string) => pipelines[name] as Settings['pipelines'][string];

test('a first look goes to the replica where there is one, and to the primary where there is none', () => {
  const readers = openRowReaders(database('seller'), pipeline('seller'));
  expect(readers.map(({ name, primary, first }) => [name, first === primary])).toEqual([
    ['seller0', false],
    ['seller1', true],
  ]);
  for (const { primary, first } of readers) {
    primary.close();
    first.close();
  }
});

test('each primary is behind the breaker of its own shard, a replica behind none', async () => {
  const gateOf = (shard: string): ShardGate => ({
    refusal: new ReplicationError('ERG_3011', `the breaker of ${shard} is open`),
    known: Promise.resolve(),
    sawSuccess: () => expect.unreachable(),
    sawSilence: () => expect.unreachable(),
    sawFailure: () => expect.unreachable(),
    onOpen: () => expect.unreachable(),
  });
  const readers = openRowReaders(database('seller'), pipeline('seller'), { gateOf, clock: new ManualClock() });
  for (const { name, primary } of readers) {
    await expect(primary.readTables(['orders'])).rejects.toThrow(`the breaker of ${name} is open`);
  }
  expect(readers.map(({ primary, first }) => [first === primary, first instanceof GatedRowReader])).toEqual([
    [false, false],
    [true, true],
  ]);
  for (const { primary, first } of readers) {
    primary.close();
    first.close();
  }
});

test('keys of tables that declare none are known by the names at the source', () => {
  expect([...listSourceKeys(pipeline('seller'))]).toEqual([['history', ['no', 'at']]]);
});

test('a target without an adapter is not taken for one of the MySQL family', () => {
  expect(() => openRowReaders(database('ora'), pipeline('history'))).toThrow(/ERG_8002: .*oracle/);
});
