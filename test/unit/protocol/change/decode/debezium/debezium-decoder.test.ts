/** The envelope of a record: what becomes a change, what is passed over, what is refused. */
import { describe, expect, test } from 'vitest';
import {
  aDecoder,
  anEnvelope,
  aSource,
  COMMIT_TIME,
  changeOf,
  decode,
  INSERT,
  ORDERS,
  refusalOf,
  rowOf,
  withSchema,
} from './debezium-record.ts';

describe('changes', () => {
  test('have op, table, images, commit time, and no failures', () => {
    const update = anEnvelope({ op: 'u', before: '{"id":7,"memo":"old"}', after: '{"id":7,"memo":"new"}' });
    const decoded = decode(update);
    expect(decoded).toMatchObject({
      kind: 'transaction',
      transaction: { commitTimeMs: COMMIT_TIME, position: undefined, failures: [] },
    });
    const change = changeOf(update);
    expect(change).toMatchObject({ op: 'update', table: 'orders' });
    expect(rowOf(change.before)).toEqual({ id: '7', memo: 'old' });
    expect(rowOf(change.after)).toEqual({ id: '7', memo: 'new' });
  });

  test('keep long numbers', () => {
    const after = '{"id":18446744073709551615,"price":12345678901234567890.1234567890}';
    expect(rowOf(changeOf(anEnvelope({ after })).after)).toEqual({
      id: '18446744073709551615',
      price: '12345678901234567890.1234567890',
    });
  });

  test('of several tables in one topic keep their own columns', () => {
    const decoder = aDecoder({ columns: { dated: { c: 'date' } } });
    const tables = ['dated', 'plain', 'dated', 'dated', 'dated', 'plain', 'plain', 'plain', 'dated'];
    const values = tables.map(
      (table) => rowOf(changeOf(anEnvelope({ after: '{"c":1}', source: aSource({ table }) }), decoder).after)['c'],
    );
    expect(values).toEqual(tables.map((table) => (table === 'dated' ? '1970-01-02' : '1')));
  });

  test('leave out columns whose value the connector does not have', () => {
    const decoder = aDecoder();
    const [base64, url, hex] = (['base64', 'base64url', 'hex'] as const).map((encoding) =>
      Buffer.from('__debezium_unavailable_value').toString(encoding).padEnd(40, '='),
    );
    const bytes = `"base64":"${base64}","url":"${url}","hex":"${hex}"`;
    const after = `{"id":1,"text":"__debezium_unavailable_value",${bytes},"memo":"x"}`;
    const first = changeOf(anEnvelope({ after }), decoder);
    expect(rowOf(first.after)).toEqual({ id: '1', memo: 'x' });
    expect(changeOf(anEnvelope({ after }), decoder).after!.layout).toBe(first.after!.layout);
    expect(changeOf(anEnvelope({ after: '{"id":1,"memo":"y"}' }), decoder).after!.layout).toBe(first.after!.layout);
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    ['of the log', {}, { epoch: 5, file: 2, position: 700, ordinal: 3 }],
    ['of a snapshot', { snapshot: 'first' }, undefined],
    ['of an incremental snapshot', { snapshot: 'incremental' }, undefined],
    ['of a source without log files', { file: null }, undefined],
    ['whose snapshot mark is missing', { snapshot: null }, { epoch: 5, file: 2, position: 700, ordinal: 3 }],
  ])('%s have a position or none', (_, fields, expected) => {
    const record = anEnvelope({ after: '{"id":1}', source: aSource(fields) });
    expect(decode(record, aDecoder({ logEpoch: 5 }))).toMatchObject({ transaction: { position: expected } });
    expect(decode(record)).toMatchObject({ transaction: { position: undefined } });
  });

  test('of a key, a delete and an insert of one place, have different positions in their order', () => {
    const decoder = aDecoder({ logEpoch: 0 });
    const positions = [anEnvelope({ op: 'd', before: '{"id":1}' }), anEnvelope({ op: 'c', after: '{"id":2}' })].map(
      (record) => {
        const decoded = decode(record, decoder);
        return decoded.kind === 'transaction' ? decoded.transaction.position?.ordinal : undefined;
      },
    );
    expect(positions).toEqual([2, 3]);
  });
});

describe('what is refused', () => {
  const rows: [string, string, string, RegExp?][] = [
    ['no bytes', '', 'ERG_1001'],
    ['no JSON', 'hello', 'ERG_1002'],
    ['an array', '[]', 'ERG_1010', /\/:/],
    ['an empty object', '{}', 'ERG_1010', /\/op:/],
    ['a schema alone', `{"schema":${ORDERS}}`, 'ERG_1010', /\/payload:/],
    ['a payload that is no object', withSchema(ORDERS, '[]'), 'ERG_1010', /\/payload:/],
    ['a change beside its payload', `{"schema":${ORDERS},"payload":${INSERT},"op":"c"}`, 'ERG_1010', /\/payload:/],
    ['two payloads', `{"payload":${INSERT},"payload":${INSERT}}`, 'ERG_1005'],
    ['a flat row', '{"id":1,"memo":"x"}', 'ERG_1010', /\/op:/],
    ['a flat row of columns that a heartbeat has too', '{"id":1,"ts_ms":1767225600000}', 'ERG_1010', /\/op:/],
    ['a flat row of another column and a time', '{"memo":1,"ts_ms":1767225600000}', 'ERG_1010', /\/op:/],
    ['a flat row of columns that a transaction has too', '{"id":1,"status":"BEGIN","ts_ms":1767225600000}', 'ERG_1010'],
    [
      'a flat row of all columns that a transaction has, and one more',
      '{"id":"1","status":"BEGIN","event_count":1,"data_collections":1,"memo":"x"}',
      'ERG_1010',
    ],
    [
      'a transaction that neither begins nor ends',
      '{"status":"PAID","id":"1","event_count":1,"data_collections":[]}',
      'ERG_1010',
    ],
    ['a flat row with ddl', '{"id":1,"ddl":"x","databaseName":"y"}', 'ERG_1010', /\/op:/],
    ['a flat row with a time', '{"id":1,"ts_ms":1767225600000,"before":{}}', 'ERG_1010', /\/op:/],
    ['no table', anEnvelope({ after: '{"id":1}', source: aSource({ table: null }) }), 'ERG_1010', /table/],
    ['an empty table name', anEnvelope({ after: '{"id":1}', source: aSource({ table: '' }) }), 'ERG_1010', /table/],
    ['a table name with NUL', anEnvelope({ after: '{"id":1}', source: aSource({ table: 'a\0' }) }), 'ERG_1013'],
    ['no source', '{"before":null,"after":{"id":1},"op":"c","ts_ms":1767225600000}', 'ERG_1010', /source/],
    ['a source that is a text', anEnvelope({ after: '{"id":1}', source: '"x"' }), 'ERG_1010', /source/],
    ['no commit time', anEnvelope({ after: '{"id":1}', source: aSource({ ts_ms: 0 }) }), 'ERG_1012'],
    ['op unknown', anEnvelope({ op: 'm', after: '{"id":1}' }), 'ERG_1011'],
    ['op in another case', anEnvelope({ op: 'C', after: '{"id":1}' }), 'ERG_1011'],
    ['op a number', anEnvelope({ after: '{"id":1}' }).replace('"op":"c"', '"op":1'), 'ERG_1011'],
    ['an insert without after', anEnvelope({ op: 'c' }), 'ERG_1010', /after/],
    ['an insert with before', anEnvelope({ op: 'c', before: '{"id":1}', after: '{"id":1}' }), 'ERG_1010', /before/],
    ['an update without before', anEnvelope({ op: 'u', after: '{"id":1}' }), 'ERG_1010', /before/],
    ['an update without after', anEnvelope({ op: 'u', before: '{"id":1}' }), 'ERG_1010', /after/],
    ['a delete without before', anEnvelope({ op: 'd' }), 'ERG_1010', /before/],
    ['a delete with after', anEnvelope({ op: 'd', before: '{"id":1}', after: '{"id":1}' }), 'ERG_1010', /after/],
    ['after a number', anEnvelope({ after: '1' }), 'ERG_1010', /after/],
    ['a column twice', anEnvelope({ after: '{"id":1,"id":2}' }), 'ERG_1005'],
    ['half a surrogate pair', anEnvelope({ after: '{"id":"\\ud800"}' }), 'ERG_1004'],
    ['an empty column name', anEnvelope({ after: '{"":1}' }), 'ERG_1013'],
    ['a truncate', anEnvelope({ op: 't' }), 'ERG_1014'],
    ['too deep', anEnvelope({ after: `{"id":${'['.repeat(70)}${']'.repeat(70)}}` }), 'ERG_1006'],
    ['too deep in the schema', withSchema('['.repeat(70) + ']'.repeat(70), INSERT), 'ERG_1006'],
  ];
  test.each(rows)('%s', (_, record, code, message) => {
    const refusal = refusalOf(record);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message ?? /./);
  });

  test.each([{ file: 'binlog' }, { pos: -1 }, { row: null }, { pos: '700x' }])(
    'a place in the log that is damaged: %j',
    (fields) => {
      const record = anEnvelope({ after: '{"id":1}', source: aSource(fields) });
      expect(refusalOf(record, aDecoder({ logEpoch: 0 })).code).toBe('ERG_1010');
      expect(changeOf(record).op).toBe('insert');
    },
  );

  test('a record cut off at any byte, and the next one is fine', () => {
    const decoder = aDecoder();
    const record = withSchema(ORDERS, INSERT);
    for (let length = 1; length < record.length; length++) {
      expect(refusalOf(record.slice(0, length), decoder).code).toBe('ERG_1002');
      if (length % 50 === 0) {
        expect(changeOf(record, decoder).op).toBe('insert');
      }
    }
  });
});

describe('what is passed over and counted', () => {
  test.each([
    [
      'a transaction begins',
      '{"status":"BEGIN","id":"0-1-6","event_count":null,"data_collections":null,"ts_ms":1767225600000}',
    ],
    [
      'a schema changes',
      `{"source":${aSource()},"ts_ms":1767225600000,"databaseName":"shop","ddl":"ALTER …","tableChanges":[]}`,
    ],
    ['a payload is null', '{"schema":null,"payload":null}'],
  ])('%s', (_, record) => {
    const decoder = aDecoder();
    expect(decode(record, decoder).kind).toBe('control');
    expect(decoder.tally.controlRecords).toBe(1);
  });

  test('a truncate, when the settings say so', () => {
    const decoder = aDecoder({ truncate: 'ignore' });
    expect(decode(anEnvelope({ op: 't' }), decoder)).toEqual({ kind: 'control', commitTimeMs: COMMIT_TIME });
    expect(decoder.tally.controlRecords).toBe(1);
  });
});
