/** Row keys against models that know nothing of them: exact numbers, tuples of texts, and what collations ignore. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyColumnShape } from '../../protocol/change/key/plan-key-column.ts';
import { encodeOrderKey, encodeRowKey, planRowKey } from '../../protocol/change/row-key.ts';
import { propertySeed } from '../support/property-seed.ts';

const PARAMETERS = { numRuns: 2_000, ...propertySeed() };

const column = (kind: KeyColumnShape['kind'], columnType: string, collation?: string): KeyColumnShape => ({
  name: 'k',
  kind,
  columnType,
  collation,
});
const NO_PAD = column('text', 'varchar(99)', 'utf8mb4_0900_bin');
const CI = column('text', 'varchar(99)', 'utf8mb4_unicode_ci');

/** Texts that are likely to meet: few characters, among them those that the encoding itself uses. */
const close = fc.string({ unit: fc.constantFrom('a', ':', '1', '2', 's', '/', '\t', '\0', '가'), maxLength: 4 });
const rowOf = (columns: number) => fc.array(close, { minLength: columns, maxLength: columns });

test('two rows have the same key only when all their columns are the same', () => {
  const rows = fc.integer({ min: 1, max: 4 }).chain((columns) => fc.tuple(rowOf(columns), rowOf(columns)));
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom('t', 't1', '1:t'),
      fc.constantFrom('t', 't1', '1:t'),
      ([left, right], table, other) => {
        const key = encodeRowKey(
          planRowKey(
            table,
            left.map(() => NO_PAD),
          ),
          left,
        );
        const otherKey = encodeRowKey(
          planRowKey(
            other,
            right.map(() => NO_PAD),
          ),
          right,
        );
        const isSame = table === other && left.every((cell, index) => cell === right[index]);
        expect(key === otherKey).toBe(isSame);
      },
    ),
    PARAMETERS,
  );
});

interface Spelled {
  /** The number times 10^30. */
  readonly scaled: bigint;
  readonly text: string;
}

/** A decimal number in one of the ways to write it. */
const spelled: fc.Arbitrary<Spelled> = fc
  .tuple(fc.bigInt({ min: -120n, max: 120n }), fc.integer({ min: -3, max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
  .map(([digits, exponent, leading, trailing]) => {
    const sign = digits < 0n ? '-' : '';
    const plain = `${'0'.repeat(leading)}${String(digits).replace('-', '')}`;
    const text = `${sign}${plain}${trailing > 0 ? `.${'0'.repeat(trailing)}` : ''}${exponent === 0 ? '' : `e${exponent}`}`;
    return { scaled: digits * 10n ** BigInt(30 + exponent), text };
  });

test('decimal keys are the same exactly when the numbers are, however they are written', () => {
  const plan = planRowKey('t', [column('decimal', 'decimal(40,10)')]);
  fc.assert(
    fc.property(spelled, spelled, (left, right) => {
      const isSame = left.scaled === right.scaled;
      expect(encodeRowKey(plan, [left.text]) === encodeRowKey(plan, [right.text])).toBe(isSame);
    }),
    PARAMETERS,
  );
});

test('integer keys are the same exactly when the numbers are, beyond 53 bits too', () => {
  const plan = planRowKey('t', [column('integer', 'bigint(20)')]);
  const integer = fc.oneof(fc.bigInt({ min: -12n, max: 12n }), fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 8n }));
  const zeros = fc.nat({ max: 2 });
  fc.assert(
    fc.property(integer, integer, zeros, (left, right, count) => {
      const text = String(left).replace(/\d/, (digit) => '0'.repeat(count) + digit);
      expect(encodeRowKey(plan, [text]) === encodeRowKey(plan, [String(right)])).toBe(left === right);
    }),
    PARAMETERS,
  );
});

/** Changes of a text that collations ignore, some all of them, some only these. */
const ignored = fc.constantFrom<(text: string) => string>(
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize('NFD'),
  (text) => text.normalize('NFKC'),
  (text) => text.normalize('NFD').replace(/\p{M}+/gu, ''),
  (text) => `${text}  `,
  (text) => text.replace(/(?=.)/u, '\u200d'),
);

test('the order key is the same for texts that a collation takes for equal', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('é', 'Ａ', 'ﬁ', 'ß', '１', 'ば', '가'), fc.string({ minLength: 1, maxLength: 1 })),
  });
  const plan = planRowKey('t', [CI]);
  fc.assert(
    fc.property(text, fc.array(ignored, { maxLength: 4 }), (original, changes) => {
      const changed = changes.reduce((current, change) => change(current), original);
      expect(encodeOrderKey(plan, [changed])).toBe(encodeOrderKey(plan, [original]));
    }),
    PARAMETERS,
  );
});
