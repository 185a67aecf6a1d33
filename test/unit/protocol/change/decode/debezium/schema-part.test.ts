/** What the schema part of a record means for its values, and how it is recognised. */
import { describe, expect, test } from 'vitest';
import type { DebeziumFormat } from '../../../../../../protocol/change/decode/foreign-format.ts';
import {
  aDecoder,
  anEnvelope,
  aSchema,
  aSource,
  changeOf,
  decode,
  type FieldDraft,
  INSERT,
  ORDERS,
  refusalOf,
  rowOf,
  withSchema,
} from './debezium-record.ts';

function columnOf(field: Omit<FieldDraft, 'field'>, value: string, format: Partial<DebeziumFormat> = {}): unknown {
  const schema = aSchema([{ ...field, field: 'c' }]);
  const record = withSchema(schema, anEnvelope({ after: `{"c":${value}}` }));
  const decoder = aDecoder(format);
  const first = rowOf(changeOf(record, decoder).after)['c'];
  expect(rowOf(changeOf(record, decoder).after)['c']).toEqual(first); // the schema is known now
  return first;
}

describe('the schema part says what a value means', () => {
  const decimal = (scale: string) => ({
    type: 'bytes',
    name: 'org.apache.kafka.connect.data.Decimal',
    parameters: { scale },
  });
  const source = (type: string) => ({ '__debezium.source.column.type': type });
  const rows: [Omit<FieldDraft, 'field'>, string, unknown][] = [
    [{ type: 'int64' }, '9223372036854775807', '9223372036854775807'],
    [{ type: 'int64', parameters: source('BIGINT UNSIGNED') }, '-1', '18446744073709551615'],
    [{ type: 'int64', parameters: source('INT UNSIGNED') }, '4294967295', '4294967295'],
    [{ type: 'int64', parameters: source('BIGINT') }, '-1', '-1'],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'float' }, '1.1', '1.1'],
    [{ type: 'double' }, '4.9E-324', '4.9E-324'],
    [{ type: 'bytes' }, '"AP8="', 'AP8='],
    [{ type: 'string' }, 'null', null],
    [{ type: 'int32', name: 'io.debezium.time.Date' }, '0', '1970-01-01'],
    [{ type: 'int32', name: 'org.apache.kafka.connect.data.Date' }, '0', '1970-01-01'],
    [{ type: 'int32', name: 'io.debezium.time.Time' }, '1', '00:00:00.001'],
    [{ type: 'int32', name: 'org.apache.kafka.connect.data.Time' }, '1', '00:00:00.001'],
    [{ type: 'int64', name: 'io.debezium.time.MicroTime' }, '-1', '-00:00:00.000001'],
    [{ type: 'int64', name: 'io.debezium.time.NanoTime' }, '1000', '00:00:00.000001'],
    [{ type: 'int64', name: 'io.debezium.time.Timestamp' }, '1', '1970-01-01 00:00:00.001'],
    [{ type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' }, '1', '1970-01-01 00:00:00.001'],
    [{ type: 'int64', name: 'io.debezium.time.MicroTimestamp' }, '1', '1970-01-01 00:00:00.000001'],
    [{ type: 'int64', name: 'io.debezium.time.NanoTimestamp' }, '1000', '1970-01-01 00:00:00.000001'],
    [{ type: 'string', name: 'io.debezium.time.ZonedTimestamp' }, '"2026-01-01T00:00:00Z"', '2026-01-01 00:00:00'],
    [{ type: 'string', name: 'io.debezium.time.IsoDate' }, '"2026-01-01Z"', '2026-01-01'],
    [{ type: 'string', name: 'io.debezium.time.IsoTime' }, '"23:59:59.999Z"', '23:59:59.999'],
    [{ type: 'string', name: 'io.debezium.time.IsoTimestamp' }, '"2026-01-01T00:00:00.5Z"', '2026-01-01 00:00:00.5'],
    [{ type: 'int32', name: 'io.debezium.time.Year' }, '1901', '1901'],
    [{ type: 'bytes', name: 'io.debezium.data.Bits' }, '"AQI="', 'AgE='],
    [{ type: 'string', name: 'io.debezium.data.Enum' }, '"a\\\\,b"', 'a,b'],
    [{ type: 'string', name: 'io.debezium.data.EnumSet' }, '"x,y"', 'x,y'],
    [{ type: 'string', name: 'io.debezium.data.Json' }, '"{\\"a\\":1.10}"', '{"a":1.10}'],
    [decimal('2'), '"fw=="', '1.27'],
    [decimal('2'), '"1234"', '-26588.24'],
    // decimal.format=NUMERIC of the converter; "1234" and 1234 differ by nothing but the quotes
    [decimal('2'), '1234', '1234'],
    [decimal('2'), '12.50', '12.50'],
    [decimal('2'), '-1E+3', '-1E+3'],
  ];
  test.each(rows)('%j: %s', (field, value, expected) => {
    expect(columnOf(field, value)).toEqual(expected);
  });

  test.each<[Omit<FieldDraft, 'field'>, string, string]>([
    [{ type: 'double', parameters: source('DECIMAL') }, '1.5', 'ERG_1017'],
    [{ type: 'int64', name: 'com.example.Unheard' }, '1', 'ERG_1017'],
    [{ type: 'struct' }, '{"a":1}', 'ERG_1017'],
    [decimal('x'), '"fw=="', 'ERG_1017'],
    [decimal('39'), '"fw=="', 'ERG_1017'],
    [decimal('2'), '"f"', 'ERG_1015'],
    [decimal('2'), '"12.50"', 'ERG_1015'],
    [{ type: 'int32', name: 'io.debezium.time.Date' }, '"2026-01-01"', 'ERG_1015'],
    [{ type: 'bytes' }, '"AQ"', 'ERG_1015'],
    [{ type: 'string', parameters: source('VARBINARY') }, '"00ff"', 'ERG_1017'],
  ])('%j: %s is refused with %s', (field, value, code) => {
    const schema = aSchema([{ ...field, field: 'c' }]);
    const refusal = refusalOf(withSchema(schema, anEnvelope({ after: `{"c":${value}}` })));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain('column "c"');
  });

  test('NULL is NULL in a column of any type', () => {
    expect(columnOf({ type: 'double', parameters: source('DECIMAL') }, 'null')).toBeNull();
  });

  test('a column that the schema part does not have is refused', () => {
    expect(refusalOf(withSchema(ORDERS, anEnvelope({ after: '{"id":1,"other":2}' }))).code).toBe('ERG_1017');
  });

  test('the settings overrule it', () => {
    expect(columnOf({ type: 'string' }, '"00ff"', { columns: { orders: { c: 'hex' } } })).toBe('AP8=');
  });

  test('a text for a column that holds bytes at the target is refused unless its form is told (base64 or hex?)', () => {
    const isBinary = (table: string, column: string) => table === 'orders' && column === 'memo';
    const record = withSchema(ORDERS, anEnvelope({ after: '{"id":1,"memo":"00ff"}' }));
    expect(rowOf(changeOf(record).after)['memo']).toBe('00ff');
    expect(refusalOf(record, aDecoder({ isBinary })).code).toBe('ERG_1017');
    const memo = (form: string) =>
      rowOf(changeOf(record, aDecoder({ isBinary, columns: { orders: { memo: form } } })).after)['memo'];
    expect(memo('hex')).toBe('AP8=');
    expect(memo('plain')).toBe('00ff');
  });

  test('columns of other tables and of names that every object has are not taken for settings', () => {
    const decoder = aDecoder({ columns: { constructor: { c: 'hex' }, orders: {} } });
    const record = anEnvelope({ after: '{"name":"x","constructor":"y"}', source: aSource({ table: 'toString' }) });
    expect(rowOf(changeOf(record, decoder).after)).toEqual({ name: 'x', constructor: 'y' });
  });
});

describe('schema parts', () => {
  test('are parsed once each, however many records begin with them and in whatever turn', () => {
    const decoder = aDecoder();
    const schemas = ['a', 'b', 'c'].map((field) => aSchema([{ type: 'int32', field }]));
    for (let round = 0; round < 50; round++) {
      for (const [index, schema] of schemas.entries()) {
        const value = { [['a', 'b', 'c'][index] ?? '']: round };
        decode(withSchema(schema, anEnvelope({ after: JSON.stringify(value) })), decoder);
      }
    }
    expect(decoder.tally.parsedSchemas).toBe(3);
  });

  test('that change take effect at once, and again when the old one comes back', () => {
    const decoder = aDecoder();
    const days = withSchema(
      aSchema([{ type: 'int32', name: 'io.debezium.time.Date', field: 'c' }]),
      anEnvelope({ after: '{"c":1}' }),
    );
    const plain = withSchema(aSchema([{ type: 'int32', field: 'c' }]), anEnvelope({ after: '{"c":1}' }));
    const values = [days, plain, days, days, plain].map((record) => rowOf(changeOf(record, decoder).after)['c']);
    expect(values).toEqual(['1970-01-02', '1', '1970-01-02', '1970-01-02', '1']);
  });

  test('are recognised by all their bytes, not by their length', () => {
    const decoder = aDecoder();
    const of = (name: string) =>
      withSchema(aSchema([{ type: 'int64', name, field: 'c' }]), anEnvelope({ after: '{"c":1000}' }));
    expect(rowOf(changeOf(of('io.debezium.time.MicroTime'), decoder).after)['c']).toBe('00:00:00.001');
    expect(refusalOf(of('io.debezium.time.MacroTime'), decoder).code).toBe('ERG_1017');
    expect(rowOf(changeOf(of('io.debezium.time.MicroTime'), decoder).after)['c']).toBe('00:00:00.001');
  });

  test('may come behind the payload, and with white space around', () => {
    const payload = anEnvelope({ after: '{"c":1}' });
    const schema = aSchema([{ type: 'int32', name: 'io.debezium.time.Date', field: 'c' }]);
    for (const record of [
      `{"payload":${payload},"schema":${schema}}`,
      ` { "schema" : ${schema} ,\n"payload" : ${payload} } `,
    ]) {
      const decoder = aDecoder();
      for (let time = 0; time < 2; time++) {
        expect(rowOf(changeOf(record, decoder).after)['c']).toBe('1970-01-02');
      }
    }
  });

  test('of ever new bytes do not fill the memory, and are right all the same', () => {
    const decoder = aDecoder();
    for (let scale = 0; scale < 200; scale++) {
      const parameters = { scale: '1', serial: String(scale) };
      const field = { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters, field: 'c' };
      const record = withSchema(aSchema([field]), anEnvelope({ after: '{"c":"fw=="}' }));
      expect(rowOf(changeOf(record, decoder).after)['c']).toBe('12.7');
    }
  });

  test('are needed unless the settings say otherwise; null is none', () => {
    const strict = aDecoder({ withoutSchema: 'refuse' });
    expect(refusalOf(INSERT, strict).code).toBe('ERG_1016');
    expect(refusalOf(withSchema('null', INSERT), strict).code).toBe('ERG_1016');
    expect(changeOf(withSchema(ORDERS, INSERT), strict).op).toBe('insert');
    expect(decode('{"ts_ms":1767225600000}', strict).kind).toBe('heartbeat');
  });

  test('whose payload is broken are known and refuse the record, with the place in the whole record', () => {
    const decoder = aDecoder();
    const good = withSchema(ORDERS, INSERT);
    decode(good, decoder);
    const broken = good.replace('"fine"', '"fine",');
    const refusal = refusalOf(broken, decoder);
    expect(refusal.code).toBe('ERG_1002');
    expect(refusal.message).toContain(`byte ${broken.indexOf('"fine",') + 7}`);
    expect(refusalOf(Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0xff])]), decoder).code).toBe(
      'ERG_1004',
    );
    expect(refusalOf(`${good}{}`, decoder).code).toBe('ERG_1002');
    expect(changeOf(good, decoder).op).toBe('insert');
  });
});
