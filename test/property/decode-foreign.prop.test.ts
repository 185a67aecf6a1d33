/**
 * The decoders of other captures' formats against slow ones written here, which go through JSON.parse and BigInt and know
 * nothing of ours, and against damage of any kind.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cell, JsonDocument } from '../../protocol/change/cell.ts';
import { DebeziumDecoder } from '../../protocol/change/decode/debezium/debezium-decoder.ts';
import { MaxwellDecoder } from '../../protocol/change/decode/maxwell/maxwell-decoder.ts';
import type { DecodedRecord, RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { propertySeed } from '../support/property-seed.ts';
import { TYPES, type TypeDraft, text, textDraft } from './decode-debezium-type.ts';

const PARAMETERS = { numRuns: 2_000, ...propertySeed() };
const TIME_MS = 1_767_225_600_000;

/** The decoders live through all runs, as they do in a sink. */
const debezium = new DebeziumDecoder({
  logEpoch: 1,
  columns: {},
  withoutSchema: 'accept',
  truncate: 'finding',
  isBinary: () => false,
});
const maxwell = new MaxwellDecoder({ logEpoch: 1, columns: {}, isWideBit: () => false });

function tryDecode(decoder: RecordDecoder, value: Buffer): DecodedRecord | ReplicationError {
  try {
    return decoder.decode(value);
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error;
    }
    throw error;
  }
}

const name = fc
  .oneof(fc.constantFrom('id', 'memo', '__proto__', 'then', 'constructor', '0'), text)
  .map((value) => value.replaceAll('\0', '') || 'x');

interface ColumnDraft {
  readonly column: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly before: readonly [token: string, cell: Cell];
  readonly after: readonly [token: string, cell: Cell];
}

const column: fc.Arbitrary<ColumnDraft> = fc.nat({ max: TYPES.length - 1 }).chain((index) => {
  const { schema, value } = TYPES[index] as TypeDraft; // below the length
  const nullable = fc.oneof({ weight: 6, arbitrary: value }, fc.constant<[string, Cell]>(['null', null]));
  return fc.record({ column: name, schema: fc.constant(schema), before: nullable, after: nullable });
});
const columns = fc.uniqueArray(column, { selector: (draft) => draft.column, minLength: 1, maxLength: 8 });
const place = fc.record({ pos: fc.nat(), row: fc.nat({ max: 10_000 }) });

function writeImage(drafts: readonly ColumnDraft[], side: 'before' | 'after'): string {
  return `{${drafts.map((draft) => `${JSON.stringify(draft.column)}:${draft[side][0]}`).join(',')}}`;
}

function expectedRow(drafts: readonly ColumnDraft[], side: 'before' | 'after'): (readonly [string, Cell])[] {
  return drafts.map((draft) => [draft.column, draft[side][1]]);
}

function listCells(image: RowImage | null | undefined): (readonly [string, Cell | undefined])[] | null {
  return image === null || image === undefined
    ? null
    : image.layout.names.map((column_, index) => [column_, image.cells[index]]);
}

interface DebeziumDraft {
  readonly record: Buffer;
  readonly op: 'c' | 'u' | 'd';
  readonly drafts: readonly ColumnDraft[];
  readonly pos: number;
  readonly row: number;
}

const debeziumRecord: fc.Arbitrary<DebeziumDraft> = fc
  .tuple(columns, fc.constantFrom('c' as const, 'u' as const, 'd' as const), place, fc.constantFrom('t', 'orders'))
  .map(([drafts, op, { pos, row }, table]) => {
    const fields = drafts.map(({ column: field, schema }) => ({ ...schema, optional: true, field }));
    const image = (field: string) => ({ type: 'struct', fields, field });
    const schema = JSON.stringify({ type: 'struct', fields: [image('before'), image('after')] });
    const source = JSON.stringify({ ts_ms: TIME_MS, snapshot: 'false', table, file: 'log.000007', pos, row });
    const before = op === 'c' ? 'null' : writeImage(drafts, 'before');
    const after = op === 'd' ? 'null' : writeImage(drafts, 'after');
    const payload = `{"before":${before},"after":${after},"source":${source},"op":"${op}"}`;
    return { record: Buffer.from(`{"schema":${schema},"payload":${payload}}`), op, drafts, pos, row };
  });

test('debezium: every value is what a slow decoder makes of it, when its schema is new and when it is known', () => {
  fc.assert(
    fc.property(debeziumRecord, ({ record, op, drafts, pos, row }) => {
      for (let time = 0; time < 3; time++) {
        const decoded = tryDecode(debezium, record);
        if (decoded instanceof ReplicationError || decoded.kind !== 'transaction') {
          throw new Error('expected a transaction', { cause: decoded });
        }
        const { position, commitTimeMs, changes } = decoded.transaction;
        expect(commitTimeMs).toBe(TIME_MS);
        expect(position).toEqual({ epoch: 1, file: 7, position: pos, ordinal: row * 2 + (op === 'd' ? 0 : 1) });
        expect(listCells(changes[0]?.before)).toEqual(op === 'c' ? null : expectedRow(drafts, 'before'));
        expect(listCells(changes[0]?.after)).toEqual(op === 'd' ? null : expectedRow(drafts, 'after'));
      }
    }),
    PARAMETERS,
  );
});

const maxwellValue = fc.oneof(
  textDraft.value,
  fc.bigInt().map((n): [string, Cell] => [String(n), String(n)]),
  fc.array(fc.nat()).map((list): [string, Cell] => [JSON.stringify(list), new JsonDocument(JSON.stringify(list))]),
  fc.constant<[string, Cell]>(['null', null]),
);
const maxwellColumn = fc.record({
  column: name,
  schema: fc.constant({}),
  before: maxwellValue,
  after: maxwellValue,
  isChanged: fc.boolean(),
});

const maxwellRecord = fc
  .tuple(fc.uniqueArray(maxwellColumn, { selector: (draft) => draft.column, minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([drafts, isOldFirst]) => {
    const data = `"data":${writeImage(drafts, 'after')}`;
    const changed = drafts.filter(({ isChanged }) => isChanged).toReversed();
    const old = `"old":${writeImage(changed, 'before')}`;
    const images = isOldFirst ? `${old},${data}` : `${data},${old}`;
    const head = `"database":"d","table":"t","type":"update","ts":${TIME_MS / 1_000}`;
    return { drafts, record: Buffer.from(isOldFirst ? `{${images},${head}}` : `{${head},${images}}`) };
  });

test('maxwell: the row before an update is the row after it with what old says', () => {
  fc.assert(
    fc.property(maxwellRecord, ({ record, drafts }) => {
      const decoded = tryDecode(maxwell, record);
      if (decoded instanceof ReplicationError || decoded.kind !== 'transaction') {
        throw new Error('expected a transaction', { cause: decoded });
      }
      const change = decoded.transaction.changes[0];
      expect(listCells(change?.after)).toEqual(expectedRow(drafts, 'after'));
      expect(listCells(change?.before)).toEqual(
        drafts.map(({ column: column_, isChanged, before, after }) => [column_, (isChanged ? before : after)[1]]),
      );
    }),
    PARAMETERS,
  );
});

const damage = fc.record({
  at: fc.nat({ max: 20_000 }),
  length: fc.nat({ max: 20 }),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...'"\\{}[]:,0-.eEu \n', 'null', '{}', '""', '"op":"c",').map((part) => Buffer.from(part)),
  ),
});

function isJson(value: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
    return true;
  } catch {
    return false;
  }
}

test.each<[string, RecordDecoder, fc.Arbitrary<{ readonly record: Buffer }>]>([
  ['debezium', debezium, debeziumRecord],
  ['maxwell', maxwell, maxwellRecord],
])('%s: damaged records are decoded or refused with a code, and harm no later record', (_, decoder, records) => {
  fc.assert(
    fc.property(records, fc.array(damage, { minLength: 1, maxLength: 4 }), ({ record }, damages) => {
      tryDecode(decoder, record); // from now on its schema is known
      const damaged = damages.reduce<Buffer>((value, { at, length, bytes }) => {
        const start = at % (value.length + 1);
        return Buffer.concat([value.subarray(0, start), bytes, value.subarray(start + length)]);
      }, record);
      const decoded = tryDecode(decoder, damaged);
      if (decoded instanceof ReplicationError) {
        expect(decoded.code).toMatch(/^ERG_10\d\d$/);
      } else {
        expect(isJson(damaged)).toBe(true);
      }
      expect(tryDecode(decoder, record)).toMatchObject({ kind: 'transaction' });
    }),
    { ...PARAMETERS, numRuns: 4_000 },
  );
});

test.each<[string, RecordDecoder]>([
  ['debezium', debezium],
  ['maxwell', maxwell],
])('%s: random bytes and random JSON are refused with a code or passed over', (_, decoder) => {
  const json = fc.json().map((document) => Buffer.from(document));
  fc.assert(
    fc.property(
      fc.oneof(
        json,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
      (value) => {
        const decoded = tryDecode(decoder, value);
        expect(decoded instanceof ReplicationError ? decoded.code : decoded.kind).toMatch(
          /^(ERG_10\d\d|control|heartbeat)$/,
        );
      },
    ),
    PARAMETERS,
  );
});
