/** Three ways in which the connector writes values, and what has to be told of columns in each. */
import type { ConnectorSettings } from '../../../../deploy/fixtures/connect-worker.ts';

interface ValueModes {
  readonly connector: ConnectorSettings;
  /** False where the connector writes NULL for a TIME below zero or of more than a day. */
  readonly hasLongTimes: boolean;
  /** Form per type of the source, where records have no schema part; the first that fits counts. */
  readonly forms: readonly (readonly [type: RegExp, form: string])[];
  /** The same where they have one. */
  readonly formsBesideSchema: readonly (readonly [type: RegExp, form: string])[];
}

const TIMES = [
  [/^date$/, 'date'],
  [/^time\b/, 'time-us'],
  [/^timestamp/, 'zoned'],
  [/^enum/, 'enum'],
  [/^bit\((?!1\))/, 'bits'],
] as const;

const BINARY = /binary|blob/;

export const VALUE_MODES: Readonly<Record<string, ValueModes>> = {
  /** Of deploy/settings/debezium-connector.json. */
  first: {
    connector: {},
    hasLongTimes: true,
    forms: [
      ...TIMES,
      [/^datetime(?:\([1-3]\))?$/, 'datetime-ms'],
      [/^datetime/, 'datetime-us'],
      [/^bigint.*unsigned/, 'decimal-0'],
      [/^decimal\(\d+,(\d+)\)/, 'decimal-$1'],
      [BINARY, 'plain'],
    ],
    formsBesideSchema: [],
  },
  second: {
    connector: {
      'decimal.handling.mode': 'string',
      'time.precision.mode': 'microseconds',
      'binary.handling.mode': 'hex',
      'bigint.unsigned.handling.mode': 'long',
      'column.propagate.source.type': '.*',
    },
    hasLongTimes: true,
    forms: [
      ...TIMES,
      [/^datetime/, 'datetime-us'],
      [/^bigint.*unsigned/, 'unsigned'],
      [/^decimal/, 'plain'],
      [BINARY, 'hex'],
    ],
    formsBesideSchema: [[BINARY, 'hex']],
  },
  third: {
    connector: {
      'decimal.handling.mode': 'string',
      'time.precision.mode': 'isostring',
      'binary.handling.mode': 'base64-url-safe',
      'bigint.unsigned.handling.mode': 'long',
    },
    hasLongTimes: false,
    forms: [
      [/^date$/, 'iso-date'],
      [/^time\b/, 'iso-time'],
      [/^(?:datetime|timestamp)/, 'zoned'],
      [/^enum/, 'enum'],
      [/^bit\((?!1\))/, 'bits'],
      [/^bigint.*unsigned/, 'unsigned'],
      [/^decimal/, 'plain'],
      [BINARY, 'base64url'],
    ],
    formsBesideSchema: [
      [/^bigint.*unsigned/, 'unsigned'],
      [BINARY, 'base64url'],
    ],
  },
};

export function findForm(forms: ValueModes['forms'], type: string): string | undefined {
  for (const [pattern, form] of forms) {
    const match = pattern.exec(type);
    if (match !== null) {
      return form.replace('$1', match[1] ?? '');
    }
  }
  return undefined;
}
