import { expect, test } from 'vitest';
import { decodeRecord } from '../../support/drill/decode-record.ts';

const decode = (text: string) => decodeRecord(2, 40, Buffer.from(text));

test('a key wider than 53 bits keeps all its digits', () => {
  const { changes } = decode(
    '{"payloads":[{"op":"insert","table":"payment","old":null,"new":{"payment_no":9300000000000001237,"ver":1}}]}',
  );
  expect(changes).toEqual([{ partition: 2, offset: 40, table: 'payment', key: '9300000000000001237', rank: 2 }]);
});

test('an update is one state, a delete one after the last, a changed key one of each row', () => {
  const { changes } = decode(`{"payloads":[
    {"op":"update","table":"orders","old":{"order_no":1,"ver":3},"new":{"order_no":1,"ver":4}},
    {"op":"delete","table":"orders","old":{"order_no":2,"ver":3},"new":null},
    {"op":"update","table":"delivery","old":{"product_order_no":5,"dispatch_no":1,"ver":3},
     "new":{"product_order_no":5,"dispatch_no":2,"ver":4}}]}`);
  expect(changes.map(({ key, rank }) => [key, rank])).toEqual([
    ['1', 8],
    ['2', 7],
    ['5,1', 7],
    ['5,2', 8],
  ]);
});

test('a heartbeat has no changes, and anything else without payloads is an error', () => {
  expect(decode('{"heartbeat":{"capture":"order"},"commitTime":1}').changes).toEqual([]);
  expect(() => decode('{"commitTime":1}')).toThrow('neither payloads nor a heartbeat');
});

test.each([
  ['an unknown table', '{"payloads":[{"op":"insert","table":"t","old":null,"new":{"ver":1}}]}', 'no key is known'],
  ['a row without key', '{"payloads":[{"op":"insert","table":"orders","old":null,"new":{"ver":1}}]}', 'lacks a part'],
  [
    'a row without ver',
    '{"payloads":[{"op":"insert","table":"orders","old":null,"new":{"order_no":1}}]}',
    'got undefined',
  ],
])('%s is an error', (_, text, message) => {
  expect(() => decode(text)).toThrow(message);
});
