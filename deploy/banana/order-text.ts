import type { SeededRandom } from './seeded-random.ts';

/** Texts that break careless code on their way through JSON, SQL and character sets; all are valid utf8mb4. */
const AWKWARD = [
  "O'Brien's 12\" vinyl",
  'C:\\temp\\new',
  '빨간 운동화 250mm',
  '👟🏃‍♀️ sneakers',
  '𠮷野家 牛丼',
  'tab\there, line\nbreak, return\r',
  'percent % underscore _ semicolon; -- no comment',
  'nul \u0000 and ctrl-z \u001a inside',
  '  spaces around  ',
  'null',
  '',
  '\u2028separator\u2029',
  '{"looks":"like json"}',
];

const ADJECTIVES = ['red', 'blue', 'small', 'large', 'light', 'warm', 'used', 'organic'];
const NOUNS = ['shoes', 'lamp', 'kettle', 'rice 10kg', 'phone case', 'jacket', 'book', 'tea'];
const CARRIERS = ['CJ', 'Hanjin', 'Lotte', 'Post', "Ann's Express"];
const LONG_MEMO = 'Please leave it at the door. '.repeat(140);

export function makeProductName(random: SeededRandom): string {
  return random.chance(0.1) ? random.pick(AWKWARD) : `${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
}

export function makeMemo(random: SeededRandom): string | null {
  const draw = random.next();
  if (draw < 0.4) {
    return null;
  }
  if (draw < 0.55) {
    return random.pick(AWKWARD);
  }
  return draw < 0.57 ? LONG_MEMO.slice(0, 200 + random.below(3_800)) : `memo ${random.below(100_000)}`;
}

/** JSON text; its long numbers are more than a double can hold. */
export function makeOptions(random: SeededRandom): string | null {
  if (random.chance(0.5)) {
    return null;
  }
  const point = `${1 + random.below(9)}2345678901234567890.1230`;
  const label = JSON.stringify(random.chance(0.2) ? random.pick(AWKWARD) : 'gift');
  return `{"size": ${200 + random.below(100)}, "label": ${label}, "point": ${point}, "tags": ["a", null, true, {}]}`;
}

export function makeCarrier(random: SeededRandom): string {
  return random.pick(CARRIERS);
}

/** Bytes as a hexadecimal literal, or NULL. */
export function makeTransactionId(random: SeededRandom): string {
  if (random.chance(0.1)) {
    return 'NULL';
  }
  let hex = '00275c';
  const bytes = random.below(30);
  for (let count = 0; count < bytes; count++) {
    hex += random.below(256).toString(16).padStart(2, '0');
  }
  return `x'${hex}'`;
}

/** DECIMAL(18,2) text; now and then more digits than a double holds. */
export function makeAmount(random: SeededRandom): string {
  const cents = random.below(100).toString().padStart(2, '0');
  return random.chance(0.02) ? `9999999999999999.${cents}` : `${1 + random.below(300_000)}.${cents}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and ctrl-Z are what must be escaped
const NEEDS_ESCAPE = /[\u0000\u001a'"\\\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\u0000': '\\0',
  '\u001a': '\\Z',
  "'": "\\'",
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
};

/** A text as an SQL literal for a session without NO_BACKSLASH_ESCAPES; null as NULL. */
export function sqlText(text: string | null): string {
  return text === null ? 'NULL' : `'${text.replace(NEEDS_ESCAPE, (found) => ESCAPES[found] ?? found)}'`;
}
