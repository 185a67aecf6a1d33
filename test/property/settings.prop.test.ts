import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, formatDuration } from '../../protocol/settings/duration.ts';
import { renderProblem } from '../../protocol/settings/settings-problem.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aSettingsText, readTexts } from '../support/settings-text.ts';

const RUNS = { ...propertySeed(), numRuns: 300 };
const SECRET = 'hunter2';

const PASSWORD = `password: "${SECRET}"`;

const TEXT = aSettingsText({
  state: `state: { host: h, user: u, database: d, ${PASSWORD} }`,
  kafka: 'kafka: { brokers: ["${BROKER}"] }',
});

/** Pieces that mean something in YAML or to the substitution. */
const PIECE = fc.constantFrom(
  '"',
  "'",
  ': ',
  '\n',
  '\t',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a',
  '*a',
  '!t',
  '${',
  '- ',
  '#',
  '|',
  '\n---\n',
  ' ',
  '0',
  'x',
  '\u0000',
  '😀',
  '@',
);

const EDIT = fc.record({ at: fc.nat(TEXT.length), cut: fc.nat(12), piece: PIECE });

test('broken settings never throw, give one line per problem, and show no secret', () => {
  fc.assert(
    fc.property(fc.array(EDIT, { minLength: 1, maxLength: 4 }), (edits) => {
      // The secret stays whole and a value, so that finding it in a line means that it was shown; names are shown.
      const text = edits.reduce((before, { at, cut, piece }) => edit(before, at, cut, piece), TEXT);
      const { problems } = readTexts([text], { env: { BROKER: `u:${SECRET}@h` } });
      const lines = problems.map(renderProblem);
      expect(lines.length).toBeGreaterThan(0); // the broker is wrong in any case
      for (const line of lines) {
        expect(line).not.toMatch(/[\n\r]/);
        expect(line).not.toContain(SECRET);
      }
    }),
    RUNS,
  );
});

function edit(text: string, at: number, cut: number, piece: string): string {
  const changed = text.slice(0, at) + piece + text.slice(at + cut);
  return changed.includes(PASSWORD) ? changed : text;
}

test('a duration that is written is read as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999 }), (ms) => {
      expect(durationMs(1, 999_999_999).parse(formatDuration(ms))).toBe(ms);
    }),
    RUNS,
  );
});
