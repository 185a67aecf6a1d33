import { expect, test } from 'vitest';
import { renderDoctor } from '../../../../supervisor/cli/render-doctor.ts';
import type { DoctorReport, PlaceReport } from '../../../../supervisor/doctor/doctor-report.ts';

const SERVER = {
  flavour: 'MariaDB',
  version: '10.11.8',
  account: 'ergate@%',
  isReadOnly: false,
  maxPacketBytes: 64 * 1024 * 1024,
  isDurable: true,
  sqlMode: 'STRICT_TRANS_TABLES',
  timeZone: 'SYSTEM',
} as const;

const aPlace = (name: string, more: Partial<PlaceReport> = {}): PlaceReport => ({
  name,
  address: `${name}:3306/shop`,
  user: 'ergate',
  server: SERVER,
  verdict: 'safe',
  remarks: [],
  ...more,
});

const AWAY = {
  server: undefined,
  verdict: 'unknown',
  remarks: [{ severity: 'refused', code: 'ERG_3001', message: 'connect: refused', statements: [] }],
} as const;

const REPORT: DoctorReport = {
  environment: 'test',
  pipelines: [
    {
      pipeline: 'order-seller',
      topic: 'cdc.order',
      source: aPlace('order'),
      shards: [aPlace('s0', { fence: 'present' }), aPlace('s1', AWAY)],
      replicas: [],
      tables: [
        {
          table: 'orders',
          source: 'product_order',
          shards: ['s0'],
          verdict: 'warn',
          plan: {
            guard: 'strict',
            write: 'upsert',
            key: ['id'],
            unwritten: ['memo'],
            ignored: [],
            generated: [],
            invisible: [],
            uniqueIndexes: [],
            triggers: [],
            foreignKeys: [],
          },
          remarks: [
            {
              severity: 'warning',
              code: 'ERG_3528',
              message: 'column memo of the source does not exist: its values are counted and not written',
              statements: ['ALTER TABLE `orders`\n  ADD COLUMN `memo` text'],
            },
          ],
        },
        { table: 'orders', source: 'product_order', shards: ['s1'], verdict: 'unknown', plan: undefined, remarks: [] },
      ],
    },
  ],
  summary: { safe: 0, warn: 1, refused: 0, unknown: 1 },
};

test('what is wrapped stands apart from statements, which are whole and can be copied', () => {
  const lines = renderDoctor(REPORT, { columns: 60, paint: (_, text) => text });
  expect(lines).toEqual([
    'pipeline order-seller, from topic cdc.order',
    '  source  order  order:3306/shop  MariaDB 10.11.8',
    '          as ergate@%   packet 64 MB   sql_mode strict',
    '          time zone SYSTEM',
    '  target  s0     s0:3306/shop     MariaDB 10.11.8',
    '          as ergate@%   packet 64 MB   sql_mode strict',
    '          time zone SYSTEM   fence present',
    '  target  s1     s1:3306/shop     UNKNOWN',
    '          ERG_3001 connect: refused',
    '',
    '  TABLE   VERDICT  GUARD   WRITE   KEY  SHARDS',
    '  orders  WARN     strict  upsert  id   s0',
    '',
    '  orders at s0',
    '    from table product_order',
    '    not written, only at the source: memo',
    '    WARN ERG_3528 column memo of the source does not exist:',
    '      its values are counted and not written',
    '        ALTER TABLE `orders`',
    '          ADD COLUMN `memo` text;',
    '',
    '2 tables, counted per shard:   1 WARN   1 UNKNOWN',
    'Nothing was changed. ergate explain <code> says more.',
  ]);
});
