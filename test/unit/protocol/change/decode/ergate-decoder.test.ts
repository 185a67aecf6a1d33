import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../../protocol/change/cell.ts';
import { ErgateDecoder } from '../../../../../protocol/change/decode/ergate-decoder.ts';
import { aRecord, COMMIT_TIME, cellsOf, decode, GOOD, refusalOf, SOURCE, transactionOf } from './ergate-record.ts';

test('decodes changes with their images, commit time and source position', () => {
  const update = '{"op":"update","table":"orders","old":{"id":7,"memo":null},"new":{"id":7,"memo":"새 주문"}}';
  const remove = '{"op":"delete","table":"orders","old":{"id":8,"memo":""},"new":null}';
  const transaction = transactionOf(aRecord(`[${GOOD},${update},${remove}]`));
  expect(transaction.commitTimeMs).toBe(COMMIT_TIME);
  expect(transaction.position).toEqual({ epoch: 1, file: 3, position: 456, ordinal: 0 });
  expect(transaction.failures).toEqual([]);
  expect(transaction.changes.map(({ op, table, before, after }) => [op, table, before?.cells, after?.cells])).toEqual([
    ['insert', 'orders', undefined, ['7', 'fine']],
    ['update', 'orders', ['7', null], ['7', '새 주문']],
    ['delete', 'orders', ['8', ''], undefined],
  ]);
});

test('decodes the heartbeat of a capture', () => {
  const decoded = decode(`{"heartbeat":{"capture":"order"},"commitTime":${COMMIT_TIME}}`);
  expect(decoded).toEqual({ kind: 'heartbeat', commitTimeMs: COMMIT_TIME, capture: 'order' });
});

test.each([
  ['no object', `{"heartbeat":1,"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['no capture', `{"heartbeat":{},"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['a capture that is no text', `{"heartbeat":{"capture":[1]},"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['payloads beside it', `{"heartbeat":{"capture":"a"},"payloads":[],"commitTime":${COMMIT_TIME}}`, 'ERG_1010'],
  ['no commit time', '{"heartbeat":{"capture":"a"}}', 'ERG_1012'],
])('a heartbeat with %s is refused', (_, value, code) => {
  expect(refusalOf(value).code).toBe(code);
});

test('numbers keep their source text, other values their meaning', () => {
  const image =
    '{"a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":-1.5E+3,"f":true,"g":false,"h":null,"i":{"z":1.10, "a":[]},"j":[ 1 ,"é" ]}';
  expect(cellsOf(image)).toEqual({
    a: '12345678901234567890',
    b: '1.10',
    c: '1e400',
    d: '-0',
    e: '-1.5E+3',
    f: true,
    g: false,
    h: null,
    i: new JsonDocument('{"z":1.10, "a":[]}'),
    j: new JsonDocument('[ 1 ,"é" ]'),
  });
});

test('fields may come in any order and with white space between them', () => {
  const payload = '{ "new" : { "id" : 7 } , "old" : { "id" : 6 } ,\n\t"table":"orders", "op" : "update" }';
  const { changes } = transactionOf(
    ` {"payloads":[ ${payload} ],"source":${SOURCE},"commitTime": ${COMMIT_TIME} }\r\n`,
  );
  expect(changes[0]!.before!.cells).toEqual(['6']);
  expect(changes[0]!.after!.cells).toEqual(['7']);
});

describe('layouts', () => {
  const layoutOf = (decoder: ErgateDecoder, table: string, image: string) =>
    transactionOf(aRecord(`[{"op":"insert","table":"${table}","new":${image}}]`), decoder).changes[0]!.after!.layout;

  test('images of the same table and names share one layout, however the names are spelled', () => {
    const decoder = new ErgateDecoder();
    const first = layoutOf(decoder, 't', '{"a":1,"b":2}');
    const other = layoutOf(decoder, 't', '{"a":1,"c":2}');
    expect(other.names).toEqual(['a', 'c']);
    expect(layoutOf(decoder, 't', '{"a":3,"b":null}')).toBe(first);
    expect(layoutOf(decoder, 't', '{ "\\u0061" : 3, "b":"x"}')).toBe(first);
    expect(layoutOf(decoder, 't', '{"a":3,"c":null}')).toBe(other);
    expect(layoutOf(decoder, 't', '{"b":1,"a":2}')).not.toBe(first);
    expect(layoutOf(decoder, 't', '{"a":1}').names).toEqual(['a']);
    expect(layoutOf(decoder, 'u', '{"a":1,"b":2}')).not.toBe(first);
  });

  test('are forgotten and learned anew when records come with ever new names', () => {
    const decoder = new ErgateDecoder();
    const first = layoutOf(decoder, 't', '{"a":1}');
    for (let round = 0; round < 50; round++) {
      const image = `{${Array.from({ length: 4_096 }, (_, index) => `"r${round}c${index}":1`).join()}}`;
      expect(layoutOf(decoder, 't', image).names[4_095]).toBe(`r${round}c4095`);
    }
    const again = layoutOf(decoder, 't', '{"a":1}');
    expect(again.names).toEqual(['a']);
    expect(again).not.toBe(first);
  });
});
