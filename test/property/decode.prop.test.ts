/** The decoder against JSON.parse, which knows nothing of it, and against the encoder of our capture. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CapturedLayout } from '../../actors/capture/binlog-reader.ts';
import { encodeChangeRecord } from '../../actors/capture/encode-record.ts';
import { type Cell, JsonDocument } from '../../protocol/change/cell.ts';
import { ErgateDecoder } from '../../protocol/change/decode/ergate-decoder.ts';
import type { DecodedRecord } from '../../protocol/change/decode/record-decoder.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { propertySeed } from '../support/property-seed.ts';

const PARAMETERS = { numRuns: 2_000, ...propertySeed() };
const HEAD = '"commitTime":1767225600123,"source":{"epoch":1,"file":2,"position":3,"ordinal":4}';

/** The decoder lives through all runs, as it does in a sink. */
const decoder = new ErgateDecoder();

function tryDecode(value: Buffer): DecodedRecord | ReplicationError {
  try {
    return decoder.decode(value);
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error;
    }
    throw error;
  }
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', maxLength: 200 }));
const space = fc.constantFrom('', '', '', ' ', '\n\t', ' \r\n ');

/** Strings as other writers may spell them: any character as an escape. */
const stringToken = fc
  .tuple(text, fc.nat({ max: 3 }))
  .map(([value, style]) => {
    if (style === 0) {
      return value.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
    const token = JSON.stringify(value).slice(1, -1);
    return style === 1 ? token.replaceAll('/', '\\/') : token;
  })
  .map((inner) => `"${inner}"`);

const digits = fc.stringMatching(/^(0|[1-9]\d{0,24})$/);
const numberToken = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits,
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,12}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  )
  .map((parts) => parts.join(''));

const scalarToken = fc.oneof(stringToken, numberToken, fc.constantFrom('true', 'false', 'null'));
const { valueToken } = fc.letrec<{ valueToken: string }>((tie) => ({
  valueToken: fc.oneof(
    { maxDepth: 4 },
    scalarToken,
    fc
      .tuple(space, fc.array(tie('valueToken'), { maxLength: 3 }))
      .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
    fc
      .tuple(space, fc.array(fc.tuple(stringToken, tie('valueToken')), { maxLength: 3 }))
      .map(([gap, fields]) => `{${gap}${fields.map(([name, value]) => `${name}${gap}:${value}`).join(`,${gap}`)}}`),
  ),
}));

interface Draft {
  readonly json: string;
  readonly tokens: readonly (readonly [name: string, token: string])[];
}

const name = fc
  .oneof(fc.constantFrom('id', 'memo', 'price', '__proto__', 'then', '0'), text)
  .map((value) => value.replaceAll('\0', '') || 'x');

const image: fc.Arbitrary<Draft> = fc
  .tuple(space, fc.uniqueArray(fc.tuple(name, valueToken), { selector: ([column]) => column, maxLength: 8 }))
  .map(([gap, tokens]) => ({
    tokens,
    json: `{${gap}${tokens.map(([column, token]) => `${JSON.stringify(column)}${gap}:${gap}${token}`).join(`,${gap}`)}${gap}}`,
  }));

const insertRecord = image.map(({ json, tokens }) => ({
  tokens,
  record: Buffer.from(`{${HEAD},"payloads":[{"op":"insert","table":"t","old":null,"new":${json}}]}`),
}));

function insertedImage(decoded: DecodedRecord | ReplicationError): RowImage {
  if (decoded instanceof ReplicationError || decoded.kind !== 'transaction') {
    throw new Error('expected a transaction', { cause: decoded });
  }
  expect(decoded.transaction.failures).toEqual([]);
  const after = decoded.transaction.changes[0]?.after;
  if (after === null || after === undefined) {
    throw new Error('expected an insert');
  }
  return after;
}

/** What a cell must be, told from its JSON text alone. */
function expectedCell(token: string): Cell {
  const value: unknown = JSON.parse(token);
  if (typeof value === 'number') {
    return token;
  }
  return typeof value === 'object' && value !== null ? new JsonDocument(token) : (value as string | boolean | null);
}

test('every value is the string that JSON.parse finds, or the text that stands in the record', () => {
  fc.assert(
    fc.property(insertRecord, ({ record, tokens }) => {
      const after = insertedImage(tryDecode(record));
      expect(after.layout.names).toEqual(tokens.map(([column]) => column));
      expect(after.cells).toEqual(tokens.map(([, token]) => expectedCell(token)));
    }),
    PARAMETERS,
  );
});

test('images of the same columns share one layout from record to record', () => {
  fc.assert(
    fc.property(insertRecord, ({ record }) => {
      expect(insertedImage(tryDecode(record)).layout).toBe(insertedImage(tryDecode(record)).layout);
    }),
    { ...PARAMETERS, numRuns: 300 },
  );
});

test('random bytes are refused with a code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const refusal = tryDecode(Buffer.from(bytes));
      expect(refusal).toBeInstanceOf(ReplicationError);
      expect((refusal as ReplicationError).code).toMatch(/^ERG_10\d\d$/);
    }),
    PARAMETERS,
  );
});

interface Mutation {
  readonly kind: 'replace' | 'insert' | 'remove' | 'repeat';
  readonly at: number;
  readonly byte: number;
  readonly length: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'repeat'),
  at: fc.nat({ max: 10_000 }),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('"\\{}[]:,0-.eEu \n\u0000'))),
  length: fc.integer({ min: 1, max: 30 }),
});

function mutate(record: Buffer, { kind, at, byte, length }: Mutation): Buffer {
  const start = at % record.length;
  const head = record.subarray(0, start);
  switch (kind) {
    case 'replace':
      return Buffer.concat([head, Buffer.from([byte]), record.subarray(start + 1)]);
    case 'insert':
      return Buffer.concat([head, Buffer.from([byte]), record.subarray(start)]);
    case 'remove':
      return Buffer.concat([head, record.subarray(start + length)]);
    default:
      return Buffer.concat([head, record.subarray(start, start + length), record.subarray(start)]);
  }
}

function isJson(value: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
    return true;
  } catch {
    return false;
  }
}

const NOT_JSON = new Set(['ERG_1001', 'ERG_1002', 'ERG_1003', 'ERG_1004']);

test('damaged records are decoded or refused with a code, as JSON or not as JSON.parse says, and harm no later record', () => {
  fc.assert(
    fc.property(insertRecord, fc.array(mutation, { minLength: 1, maxLength: 4 }), ({ record, tokens }, mutations) => {
      const damaged = mutations.reduce<Buffer>(
        (bytes, next) => (bytes.length === 0 ? bytes : mutate(bytes, next)),
        record,
      );
      const decoded = tryDecode(damaged);
      if (decoded instanceof ReplicationError) {
        expect(decoded.code).toMatch(/^ERG_10\d\d$/);
        // Half a surrogate pair in a field that is passed over is JSON to JSON.parse.
        const isHalfPair = decoded.code === 'ERG_1004' && decoded.message.includes('surrogate');
        // The first fault is reported, whatever comes behind it.
        expect(isJson(damaged) && NOT_JSON.has(decoded.code) && !isHalfPair).toBe(false);
      } else {
        expect(isJson(damaged)).toBe(true);
      }
      expect(insertedImage(tryDecode(record)).cells).toHaveLength(tokens.length);
    }),
    { ...PARAMETERS, numRuns: 5_000 },
  );
});

test('what our capture encodes comes back as it was', () => {
  const cell = fc.oneof(text, fc.constant(null));
  const change = fc
    .record({
      op: fc.constantFrom('insert', 'update', 'delete'),
      table: name,
      columns: fc.uniqueArray(fc.tuple(name, fc.boolean(), cell, cell, numberToken), {
        selector: ([column]) => column,
        minLength: 1,
      }),
    })
    .map(({ op, table, columns }) => {
      const layout: CapturedLayout = {
        table,
        names: columns.map(([column]) => column),
        forms: columns.map(([, isNumber]) => (isNumber ? 'number' : 'text')),
        keyIndexes: [0],
      };
      const before = columns.map(([, isNumber, old, , number]) => (isNumber ? number : old));
      const after = columns.map(([, isNumber, , fresh, number]) => (isNumber ? number : fresh));
      return { op, layout, before: op === 'insert' ? null : before, after: op === 'delete' ? null : after };
    });
  const position = fc.record({
    epoch: fc.nat(),
    file: fc.nat(),
    position: fc.nat({ max: 999_999_999_999_999 }),
    ordinal: fc.nat(),
  });
  fc.assert(
    fc.property(position, fc.array(change, { maxLength: 5 }), (at, changes) => {
      const decoded = tryDecode(encodeChangeRecord({ commitTimeMs: 1_767_225_600_123, position: at }, changes));
      expect(decoded).toMatchObject({
        kind: 'transaction',
        transaction: { commitTimeMs: 1_767_225_600_123, position: at, failures: [] },
      });
      const { transaction } = decoded as Extract<DecodedRecord, { kind: 'transaction' }>;
      expect(
        transaction.changes.map(({ op, table, before, after }) => ({
          op,
          names: (after ?? before)?.layout.names,
          table,
          before: before?.cells ?? null,
          after: after?.cells ?? null,
        })),
      ).toEqual(
        changes.map(({ op, layout, before, after }) => ({
          op,
          names: layout.names,
          table: layout.table,
          before,
          after,
        })),
      );
    }),
    { ...PARAMETERS, numRuns: 500 },
  );
});
