/** Whatever is in a row, it stays inside its literal, and says there what it said in the cell. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseLiteral } from '../../actors/target/mysql/literal/choose-literal.ts';
import { quoteText } from '../../actors/target/mysql/literal/text-literal.ts';
import { MysqlWritePlanner } from '../../actors/target/mysql/mysql-write-planner.ts';
import { quoteName } from '../../actors/target/mysql/quote-name.ts';
import { type Cell, JsonDocument } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { aChange } from '../support/build-change.ts';
import { propertySeed } from '../support/property-seed.ts';
import { readSql } from '../support/target-sql-reader.ts';
import { aColumn, aTable, MARKER_COLUMNS } from '../support/target-table.ts';

const PARAMETERS = { numRuns: 2_000, ...propertySeed() };

const COLUMNS = [
  aColumn('integer', 'integer', 'bigint(20)'),
  aColumn('decimal', 'decimal', 'decimal(65,30)'),
  aColumn('float', 'float', 'float'),
  aColumn('double', 'double', 'double'),
  aColumn('text', 'text', 'varchar(200)', { maxLength: 200 }),
  aColumn('binary', 'binary', 'varbinary(200)', { maxLength: 200 }),
  aColumn('fixed', 'binary', 'binary(8)', { maxLength: 8 }),
  aColumn('bit', 'bit', 'bit(64)', { maxLength: 64 }),
  aColumn('date', 'date', 'date'),
  aColumn('datetime', 'datetime', 'datetime(6)', { fraction: 6 }),
  aColumn('timestamp', 'timestamp', 'timestamp(6)', { fraction: 6 }),
  aColumn('time', 'time', 'time(6)', { fraction: 6 }),
  aColumn('year', 'year', 'year(4)'),
  aColumn('enum', 'enum', "enum('a','b''c')"),
  aColumn('set', 'set', "set('a','b')"),
  aColumn('json', 'json', 'longtext'),
];

/** Full of what breaks out of literals, and of what numbers and times are made of. */
const nastyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '\\',
        '"',
        '`',
        '\0',
        '\x1a',
        '\n',
        ';',
        '--',
        '/*',
        '#',
        '?',
        "\\'",
        "''",
        '\u0000',
        '한',
        '😀',
      ),
      fc.constantFrom('0', '9', '-', '.', ':', ' ', 'e', 'E', '+', 'T', '=', 'x', "x'", "b'"),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const likely = fc.oneof(
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.bigInt(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 23).replace('T', ' ')),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.constantFrom('a', "b'c", '2024-02-29', '-838:59:59.999999', '2155', '0000-00-00', 'YQ=='),
);

const cell: fc.Arbitrary<Cell> = fc.oneof(
  nastyText,
  likely,
  fc.boolean(),
  fc.constant(null),
  nastyText.map((text) => new JsonDocument(text)),
);

test('a quoted text reads back as the same text', () => {
  fc.assert(
    fc.property(nastyText, (text) => {
      expect(readSql(quoteText(text))).toEqual([{ kind: 'text', value: text }]);
    }),
    PARAMETERS,
  );
});

test('a quoted name reads back as the same name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      expect(readSql(quoteName(name))).toEqual([{ kind: 'name', value: name }]);
    }),
    PARAMETERS,
  );
});

test.each(COLUMNS)('any cell for a column of kind $name is one literal or a coded refusal', (column) => {
  const literal = chooseLiteral(column);
  fc.assert(
    fc.property(cell, (value) => {
      let sql: string;
      try {
        sql = literal(value);
      } catch (error) {
        expect(error).toBeInstanceOf(ReplicationError);
        expect(error).toMatchObject({ class: 'row', code: expect.stringMatching(/^ERG_33/) });
        return;
      }
      const tokens = readSql(sql);
      expect(tokens).toHaveLength(1);
      expect(['text', 'hex', 'number', 'word']).toContain(tokens[0]?.kind);
    }),
    PARAMETERS,
  );
});

test('a text for a text column says what the cell said', () => {
  const literal = chooseLiteral(aColumn('text', 'text', 'text'));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(readSql(literal(text))).toEqual([{ kind: 'text', value: text }]);
    }),
    PARAMETERS,
  );
});

/** The value times 10^30, exactly. */
function exact(decimal: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const shift = 30 - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === '-' ? -scaled : scaled;
}

test('a decimal says exactly what the cell said, or is refused when its column would round it', () => {
  const literal = chooseLiteral(aColumn('decimal', 'decimal', 'decimal(65,30)'));
  const decimal = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.stringMatching(/^(\.[0-9]{1,34})?$/),
      fc.integer({ min: -20, max: 20 }),
    )
    .map(([whole, fraction, exponent]) => `${whole}${fraction}${exponent % 3 === 0 ? `e${exponent}` : ''}`);
  fc.assert(
    fc.property(decimal, (text) => {
      const isExact =
        exact(`${text.replace(/e.*/, '')}e${30 + Number(/e(.*)/.exec(text)?.[1] ?? 0)}`) % 10n ** 30n === 0n;
      if (isExact) {
        expect(exact(readSql(literal(text))[0]?.value ?? '')).toBe(exact(text));
      } else {
        expect(() => literal(text)).toThrow(expect.objectContaining({ code: 'ERG_3302' }));
      }
    }),
    PARAMETERS,
  );
});

test('rows of any content make the statements that were planned, and no other', () => {
  const names = ['a', 'b', 'c'];
  const columns = [
    aColumn('id', 'text', 'varchar(64)', { nullable: false, hasDefault: false }),
    ...names.map((name) => aColumn(name, 'text', 'text')),
    ...MARKER_COLUMNS,
  ];
  const table = aTable({ name: 'odd`;name', columns });
  const planner = new MysqlWritePlanner({ writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' }, 1_000);
  const text = fc.oneof(nastyText, fc.constant(null)).filter((value) => value?.isWellFormed() !== false);
  const row = fc.record({ id: nastyText.filter((value) => value.isWellFormed()), a: text, b: text, c: text });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
      const changes = rows.map((cells, at) => aChange({ table, row: cells, seq: at }));
      const statements = planner.planStatements(changes, 1 << 20);
      expect(statements).toHaveLength(1);
      const tokens = readSql(statements[0] ?? '');
      expect(tokens.some(({ value, kind }) => kind === 'sign' && value === ';')).toBe(false);
      const texts = tokens.filter(({ kind }) => kind === 'text').map(({ value }) => value);
      const sorted = changes.toSorted((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0));
      expect(texts).toEqual(
        sorted.flatMap(({ image }) => (image?.cells ?? []).filter((value) => typeof value === 'string')),
      );
    }),
    PARAMETERS,
  );
});
