import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../../../protocol/change/cell.ts';
import type { MaxwellFormat } from '../../../../../../protocol/change/decode/foreign-format.ts';
import { MaxwellDecoder } from '../../../../../../protocol/change/decode/maxwell/maxwell-decoder.ts';
import type { RowImage } from '../../../../../../protocol/change/row-image.ts';
import { ReplicationError } from '../../../../../../protocol/errors/replication-error.ts';

function aDecoder(format: Partial<MaxwellFormat> = {}): MaxwellDecoder {
  return new MaxwellDecoder({ logEpoch: undefined, columns: {}, isWideBit: () => false, ...format });
}

/** Fields as JSON texts; one that is undefined is left out. */
function aRecord(fields: Record<string, string | undefined>): string {
  const all = {
    database: '"shop"',
    table: '"orders"',
    type: '"insert"',
    ts: '1767225600',
    xid: '9',
    commit: 'true',
    ...fields,
  };
  return `{${Object.entries(all)
    .flatMap(([name, value]) => (value === undefined ? [] : [`"${name}":${value}`]))
    .join(',')}}`;
}

function transactionOf(record: string, decoder = aDecoder()) {
  const decoded = decoder.decode(Buffer.from(record));
  if (decoded.kind !== 'transaction') {
    throw new Error('expected a transaction');
  }
  return decoded.transaction;
}

function rowOf(image: RowImage | null | undefined): Record<string, unknown> {
  return Object.fromEntries(image!.layout.names.map((name, index) => [name, image!.cells[index]]));
}

function codeOf(record: string, decoder = aDecoder()): string {
  try {
    decoder.decode(Buffer.from(record));
  } catch (error) {
    return error instanceof ReplicationError ? error.code : String(error);
  }
  return 'decoded';
}

test('a record that is cut off at any byte is no JSON', () => {
  const whole = aRecord({ type: '"update"', data: '{"id":1,"memo":"é"}', old: '{"memo":null}' }).replace(
    'é',
    '\\u00e9',
  );
  const codes = Array.from({ length: whole.length - 1 }, (_, index) => codeOf(whole.slice(0, index + 1)));
  expect(new Set(codes)).toEqual(new Set(['ERG_1002']));
});

describe('changes', () => {
  test.each(['insert', 'bootstrap-insert'])('%s is an insert, with its time in ms', (type) => {
    const { commitTimeMs, position, changes, failures } = transactionOf(
      aRecord({ type: `"${type}"`, data: '{"id":9007199254740993,"price":1.10,"memo":null}' }),
    );
    expect({ commitTimeMs, position, failures }).toEqual({
      commitTimeMs: 1_767_225_600_000,
      position: undefined,
      failures: [],
    });
    expect(changes[0]).toMatchObject({ op: 'insert', table: 'orders', before: null });
    expect(rowOf(changes[0]!.after)).toEqual({ id: '9007199254740993', price: '1.10', memo: null });
  });

  test('update has the row before: the changed columns as they were, the others as they are', () => {
    const { changes } = transactionOf(
      aRecord({ type: '"update"', data: '{"id":2,"memo":"new","note":"same"}', old: '{"memo":null,"id":1}' }),
    );
    expect(changes[0]!.op).toBe('update');
    expect(rowOf(changes[0]!.before)).toEqual({ id: '1', memo: null, note: 'same' });
    expect(rowOf(changes[0]!.after)).toEqual({ id: '2', memo: 'new', note: 'same' });
  });

  test('update that changed nothing has equal images', () => {
    const { changes } = transactionOf(aRecord({ type: '"update"', data: '{"id":1}', old: '{}' }));
    expect(rowOf(changes[0]!.before)).toEqual({ id: '1' });
  });

  test('delete has the row in data', () => {
    const { changes } = transactionOf(aRecord({ type: '"delete"', data: '{"id":1}' }));
    expect(changes[0]).toMatchObject({ op: 'delete', after: null });
    expect(rowOf(changes[0]!.before)).toEqual({ id: '1' });
  });

  test('are read in any order of the fields', () => {
    const record = '{"old":{"memo":"a"},"data":{"id":1,"memo":"b"},"ts":1767225600,"type":"update","table":"orders"}';
    expect(rowOf(transactionOf(record).changes[0]!.before)).toEqual({ id: '1', memo: 'a' });
  });

  test('share one layout, whatever changed', () => {
    const decoder = aDecoder();
    const layouts = ['{}', '{"memo":1}', '{"id":0}', '{"memo":1,"id":0}'].flatMap((old) => {
      const { before, after } = transactionOf(aRecord({ type: '"update"', data: '{"id":1,"memo":2}', old }), decoder)
        .changes[0]!;
      return [before!.layout, after!.layout];
    });
    expect(new Set(layouts).size).toBe(1);
  });

  test('have the forms that the settings tell', () => {
    const decoder = aDecoder({ columns: { orders: { flags: 'bit-number', tags: 'set' } } });
    const { changes } = transactionOf(
      aRecord({ type: '"update"', data: '{"flags":1024,"tags":["x","y"]}', old: '{"flags":1}' }),
      decoder,
    );
    expect(rowOf(changes[0]!.after)).toEqual({ flags: 'AAAAAAAABAA=', tags: 'x,y' });
    expect(rowOf(changes[0]!.before)).toEqual({ flags: 'AAAAAAAAAAE=', tags: 'x,y' });
  });
});

describe('JSON documents', () => {
  const decoder = aDecoder({ columns: { orders: { doc: 'json' } } });
  test.each([
    ['"123"', '"123"'],
    ['123', '123'],
    ['1.5e3', '1.5e3'],
    ['"say \\"hi\\""', '"say \\"hi\\""'],
    ['"true"', '"true"'],
    ['true', true],
    ['null', null],
    ['{"a":"1","b":1.10}', new JsonDocument('{"a":"1","b":1.10}')],
    ['["x"]', new JsonDocument('["x"]')],
  ])('%s stays what it is, be it a text or a number', (written, expected) => {
    const { changes } = transactionOf(aRecord({ data: `{"id":1,"doc":${written}}` }), decoder);
    expect(rowOf(changes[0]!.after)['doc']).toEqual(expected);
  });
});

test('a BIT of more than a byte is refused in a bootstrap, which has its bytes in another order, and read in the log', () => {
  const decoder = aDecoder({
    columns: { orders: { flags: 'bit-number', flag: 'bit-number' } },
    isWideBit: (_, column) => column === 'flags',
  });
  const of = (type: string, data: string) => aRecord({ type: `"${type}"`, data });
  expect(codeOf(of('bootstrap-insert', '{"id":1,"flag":1,"flags":1}'), decoder)).toBe('ERG_1015');
  expect(codeOf(of('bootstrap-insert', '{"id":1,"flag":1,"flags":null}'), decoder)).toBe('decoded');
  expect(codeOf(of('insert', '{"id":1,"flag":1,"flags":1}'), decoder)).toBe('decoded');
});

describe('positions', () => {
  const place = { position: '"master.000006:800911"', data: '{"id":1}' };

  test('are of the log when the settings say that there is one', () => {
    const decoder = aDecoder({ logEpoch: 2 });
    const at = { epoch: 2, file: 6, position: 800_911 };
    expect(transactionOf(aRecord({ ...place, xoffset: '0' }), decoder).position).toEqual({ ...at, ordinal: 0 });
    expect(transactionOf(aRecord({ ...place, xoffset: '17' }), decoder).position).toEqual({ ...at, ordinal: 17 });
    expect(transactionOf(aRecord(place)).position).toBeUndefined();
    expect(transactionOf(aRecord({ data: '{"id":1}' }), decoder).position).toBeUndefined();
  });

  test('of the last row of a transaction, which has no xoffset, are behind the others', () => {
    const decoder = aDecoder({ logEpoch: 2 });
    expect(transactionOf(aRecord(place), decoder).position!.ordinal).toBeGreaterThan(1_000_000_000);
  });

  test('are none for rows of a bootstrap', () => {
    const decoder = aDecoder({ logEpoch: 2 });
    expect(transactionOf(aRecord({ ...place, type: '"bootstrap-insert"' }), decoder).position).toBeUndefined();
  });
});

describe('what is passed over and counted', () => {
  test.each([
    'bootstrap-start',
    'bootstrap-complete',
    'table-create',
    'table-alter',
    'table-drop',
    'database-create',
    'database-drop',
  ])('%s', (type) => {
    const decoder = aDecoder();
    const record = aRecord({ type: `"${type}"`, data: '{}', sql: '"x"', def: '{}', table: undefined });
    expect(decoder.decode(Buffer.from(record)).kind).toBe('control');
    expect(decoder.tally.controlRecords).toBe(1);
    expect([...decoder.tally.unknownFields]).toEqual([]);
  });
});

describe('what is refused', () => {
  const data = '{"id":1}';
  const rows: [string, string, string][] = [
    ['no bytes', '', 'ERG_1001'],
    ['no JSON', '{"a"', 'ERG_1002'],
    ['an array', '[]', 'ERG_1010'],
    ['no table', aRecord({ data, table: undefined }), 'ERG_1010'],
    ['a table that is null', aRecord({ data, table: 'null' }), 'ERG_1010'],
    ['no type', aRecord({ data, type: undefined }), 'ERG_1011'],
    ['a type unknown', aRecord({ data, type: '"upsert"' }), 'ERG_1011'],
    ['a type in another case', aRecord({ data, type: '"INSERT"' }), 'ERG_1011'],
    ['a type that is no text', aRecord({ data, type: '1' }), 'ERG_1010'],
    ['no time', aRecord({ data, ts: undefined }), 'ERG_1012'],
    ['a time in ms', aRecord({ data, ts: '1767225600000' }), 'ERG_1012'],
    ['no data', aRecord({}), 'ERG_1010'],
    ['data null', aRecord({ data: 'null' }), 'ERG_1010'],
    ['data a text', aRecord({ data: '"x"' }), 'ERG_1010'],
    ['an update without old', aRecord({ type: '"update"', data }), 'ERG_1010'],
    ['old with a column that data lacks', aRecord({ type: '"update"', data, old: '{"other":1}' }), 'ERG_1010'],
    ['a column twice', aRecord({ data: '{"id":1,"id":2}' }), 'ERG_1005'],
    ['a field twice', `{"type":"insert","type":"insert"}`, 'ERG_1005'],
    ['too deep', aRecord({ data: `{"id":${'['.repeat(70)}${']'.repeat(70)}}` }), 'ERG_1006'],
    ['xoffset negative', aRecord({ data, xoffset: '-1' }), 'ERG_1010'],
  ];
  test.each(rows)('%s', (_, record, code) => {
    expect(codeOf(record)).toBe(code);
  });

  test('a damaged place in the log, where it counts', () => {
    const record = aRecord({ data, position: '"here"' });
    expect(codeOf(record, aDecoder({ logEpoch: 0 }))).toBe('ERG_1010');
    expect(codeOf(record)).toBe('decoded');
  });
});
