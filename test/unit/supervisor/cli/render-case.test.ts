import { describe, expect, test } from 'vitest';
import { renderCaseFile, renderCases } from '../../../../supervisor/cli/render-case.ts';
import { aCase, MINUTE_MS, NOW_MS } from '../../../support/build-case.ts';

describe('the next look', () => {
  const inFive = NOW_MS + 5 * MINUTE_MS;
  const listed = (one: ReturnType<typeof aCase>) => renderCases([{ ...one, isReserved: false }], NOW_MS, false)[1];
  const told = (one: ReturnType<typeof aCase>) =>
    renderCaseFile({ case: one, closedMs: null, previousId: null, steps: [], orders: [] }, NOW_MS).join('\n');

  test('of a case that waits is told with its time', () => {
    const one = aCase({ state: 'repaired', dueMs: inFive });
    expect(listed(one)).toMatch(/repaired +5m0s/);
    expect(told(one)).toMatch(/next look: +\S+ \S+, in 5m0s/);
  });

  test('of a case that is being looked at is now, not when another may take it over', () => {
    const one = aCase({ state: 'reverifying', dueMs: inFive });
    expect(listed(one)).toMatch(/reverifying +now/);
    expect(told(one)).not.toContain('next look');
  });
});

test('a list of no cases does not sound like an unknown case', () => {
  expect(renderCases([], NOW_MS, false)).toEqual(['no case matches']);
});

test('a case of a reserved row is told from those of others, unless it has a reason of its own', () => {
  const [, open, quarantined] = renderCases(
    [null, 'ERG_5107: moves'].map((reason) => ({ ...aCase({ reason }), isReserved: true })),
    NOW_MS,
    false,
  );
  expect(open).toContain('canary');
  expect(quarantined).toMatch(/ERG_5107: moves$/);
});

describe('what helps with a record that nobody could apply', () => {
  const told = (one: ReturnType<typeof aCase>, closedMs: number | null = null) =>
    renderCaseFile({ case: one, closedMs, previousId: null, steps: [], orders: [] }, NOW_MS).join('\n');
  const opaque = aCase({ id: 12n, pipeline: 'shop', kind: 'opaque' });

  test('is to read it again, or to compare its table, or all where it names none', () => {
    const { table } = opaque.row;
    expect(told(opaque)).toContain(
      `"ergate case replay 12" reads its record again, "ergate verify run --pipeline shop --table ${table}"`,
    );
    expect(told({ ...opaque, row: { ...opaque.row, table: '' } })).toContain(
      '"ergate verify run --pipeline shop" compares',
    );
  });

  test('is not told of rows, nor of what is closed', () => {
    expect(told(aCase({}))).not.toContain('what helps');
    expect(told(opaque, NOW_MS)).not.toContain('what helps');
  });
});
