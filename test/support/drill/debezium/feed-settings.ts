/** Settings of both sides, made from those that users are given (deploy/settings/debezium*). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ConnectorSettings } from '../../../../deploy/fixtures/connect-worker.ts';
import type { Endpoint } from '../../../compare/endpoints.ts';
import type { FeedChoice } from './feed-choice.ts';
import { findForm, VALUE_MODES } from './value-modes.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'deploy', 'settings');

const ORDER_TOPIC = 'cdc.order';
const TYPES_TOPIC = 'shop.order.every_type';
const ORDER_PIPELINES = ['order-seller', 'order-settlement'];

export const TOPIC_OF_PIPELINE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(ORDER_PIPELINES.map((name) => [name, ORDER_TOPIC])),
  'every-type': TYPES_TOPIC,
};

export interface SourceColumn {
  readonly table: string;
  readonly column: string;
  /** "bigint(20) unsigned" */
  readonly type: string;
}

export function buildConnectorSettings(choice: FeedChoice, source: Endpoint, broker: string): ConnectorSettings {
  const given: ConnectorSettings = JSON.parse(readFileSync(join(FOLDER, 'debezium-connector.json'), 'utf8'));
  return {
    ...given,
    'database.port': String(source.port),
    'database.user': source.user,
    'database.password': source.password,
    'schema.history.internal.kafka.bootstrap.servers': broker,
    'table.include.list': `${given['table.include.list']},order.every_type`,
    'provide.transaction.metadata': 'true',
    'include.schema.changes': 'true',
    ...(choice.topics === 'all' ? { 'transforms.topic.regex': '(?!shop\\.order\\.every_type$).*' } : {}),
    'value.converter.schemas.enable': choice.schema === 'on' ? 'true' : 'false',
    'producer.override.compression.type': choice.compression,
    ...VALUE_MODES[choice.modes]?.connector,
  };
}

/** @returns YAML */
export function buildErgateSettings(choice: FeedChoice, columns: readonly SourceColumn[]): string {
  const settings = parse(readFileSync(join(FOLDER, 'debezium.yaml'), 'utf8'));
  const told = {
    format: 'debezium',
    columns: tellForms(choice, columns),
    ...(choice.schema === 'on' ? {} : { debezium: { withoutSchema: 'accept' } }),
    ...(choice.positions === 'on' ? { logEpoch: 0 } : {}),
  };
  for (const name of ORDER_PIPELINES) {
    Object.assign(settings.pipelines[name].source, told);
  }
  settings.pipelines['every-type'] = {
    source: { database: 'order', topic: TYPES_TOPIC, ...told },
    target: { database: 'settlement' },
    // A geometry has no form that a target takes.
    tables: { every_type: { ignoreColumns: ['c_geometry'] } },
  };
  return stringify(settings);
}

function tellForms(choice: FeedChoice, columns: readonly SourceColumn[]): Record<string, Record<string, string>> {
  const modes = VALUE_MODES[choice.modes];
  const forms = (choice.schema === 'on' ? modes?.formsBesideSchema : modes?.forms) ?? [];
  const told: Record<string, Record<string, string>> = {};
  for (const { table, column, type } of columns) {
    const form = findForm(forms, type.toLowerCase());
    if (form !== undefined) {
      told[table] = { ...told[table], [column]: form };
    }
  }
  return told;
}
