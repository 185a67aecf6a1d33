import { describe, expect, test } from 'vitest';
import type { Run, RunProgress } from '../../../../actors/state/run-store.ts';
import { describeSelection } from '../../../../supervisor/cli/describe-selection.ts';
import { renderPlan, renderProgress, renderRuns } from '../../../../supervisor/cli/render-run.ts';

const RUN: Run = {
  id: 7n,
  pipeline: 'orders',
  state: 'running',
  selection: 'all cases',
  items: 10,
  lookedAt: 10,
  plannedBy: 'ann@here',
  plannedMs: 0,
  validUntilMs: 900_000,
  startedBy: 'bob@here',
  startedMs: 1_000,
  mayDelete: false,
  reason: 'why',
  placedItems: 10,
  endedMs: null,
};

function bar(more: Partial<RunProgress>): string {
  const none = { actions: { equal: 2 }, orders: { open: 0, done: 0, refused: 0 }, open: {}, closed: {} };
  return renderProgress({ run: RUN, ...none, ...more }, 61_000)[1] ?? '';
}

describe('the bar of a run', () => {
  test('is empty while nothing has been taken, and does not count what was right', () => {
    expect(bar({ orders: { open: 8, done: 0, refused: 0 } })).toMatch(/^░{30} {2}0\/8$/);
    expect(bar({ run: { ...RUN, placedItems: 0 }, actions: { equal: 2 } })).toMatch(/^░+ {2}0\/8$/);
  });

  test('counts rows that are repaired, closed, or given up', () => {
    const orders = { open: 2, done: 6, refused: 0 };
    expect(bar({ orders, open: { checking: 1, repaired: 2, quarantined: 1 }, closed: { healed: 2 } })).toMatch(
      / 5\/8$/,
    );
    expect(bar({ orders: { open: 0, done: 8, refused: 0 }, open: { repaired: 8 } })).toMatch(/^█{30} {2}8\/8$/);
  });

  test('does not count a new case of the run twice, as a case and as an order', () => {
    expect(bar({ orders: { open: 8, done: 0, refused: 0 }, open: { waiting: 8 } })).toMatch(/ 0\/8$/);
  });
});

test('a plan says what comes next, and when that takes another person', () => {
  const counts = { insert: 0, update: 3, delete: 2, equal: 1, moving: 0, unreadable: 0, unseen: 0 };
  const plan = {
    run: RUN,
    tables: { orders: counts },
    samples: [],
    leftOut: 1,
    notes: ['partition 0 holds no record'],
  };
  const few = renderPlan(plan, 1_000).join('\n');
  expect(few).toContain('plan 7: 5 rows to be repaired, valid until 1970-01-01 00:15:00 UTC; nothing has been written');
  expect(few).toContain('next: ergate recover run --plan 7');
  expect(few).toContain('without it 2 stay');
  expect(few).toContain('partition 0 holds no record\n');
  expect(few).toContain('1 more cannot be repaired this way');
  expect(renderPlan(plan, 4).join('\n')).toContain('next, by another person: ergate recover run');
});

test('the list says which plans nobody can run any more', () => {
  const plans = [{}, { items: 0 }, { validUntilMs: 999 }].map((more): Run => ({ ...RUN, state: 'planned', ...more }));
  const [, ...lines] = renderRuns([...plans, RUN], 1_000);
  expect(lines.map((line) => line.split(/ +/)[3] ?? line)).toEqual(['planned', 'empty', 'expired', 'running']);
});

test('what a plan is about is said in words, and nothing is no plan', () => {
  const offset = { partition: 3, from: 1n, to: 9n };
  expect(describeSelection({ table: 'orders', offset, casesOnly: true })).toBe(
    'table orders, offsets 3:1..9, cases only',
  );
  expect(describeSelection({ commitTime: { fromMs: 0, toMs: undefined } })).toBe(
    'committed 1970-01-01T00:00:00.000Z..',
  );
  expect(describeSelection({ casesOnly: true })).toBe('');
});
