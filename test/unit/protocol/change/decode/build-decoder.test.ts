import { expect, test } from 'vitest';
import { buildDecoder } from '../../../../../protocol/change/decode/build-decoder.ts';
import type { PipelineSettings } from '../../../../../protocol/settings/settings-schema.ts';

const RECORDS = {
  ergate: '{"commitTime":1767225600000,"payloads":[{"op":"insert","table":"t","old":null,"new":{"c":"00ff"}}]}',
  debezium: '{"before":null,"after":{"c":"00ff"},"source":{"ts_ms":1767225600000,"table":"t"},"op":"c"}',
  maxwell: '{"database":"d","table":"t","type":"insert","ts":1767225600,"data":{"c":"00ff"}}',
} as const;

type Format = keyof typeof RECORDS;
const FORMATS = Object.keys(RECORDS) as Format[];

function aDecoder(format: Format) {
  const source: PipelineSettings['source'] = {
    database: 'order',
    topic: 'cdc',
    format,
    topicEpoch: 0,
    startFrom: 'earliest',
    columns: { t: { c: 'hex' } },
    debezium: { withoutSchema: 'accept', truncate: 'finding' },
  };
  return buildDecoder(source, { isBinary: () => false, isWideBit: () => false });
}

test.each(FORMATS)('%s: its records are decoded, by the settings where the format needs them', (format) => {
  const decoded = aDecoder(format).decode(Buffer.from(RECORDS[format]));
  const cells = decoded.kind === 'transaction' ? decoded.transaction.changes[0]?.after?.cells : [];
  expect(cells).toEqual([format === 'ergate' ? '00ff' : 'AP8=']);
});

test.each(
  FORMATS.flatMap((format) => FORMATS.filter((other) => other !== format).map((other) => [format, other] as const)),
)('%s: a record of the format %s is refused', (format, other) => {
  expect(() => aDecoder(format).decode(Buffer.from(RECORDS[other]))).toThrow(/^ERG_10/);
});
