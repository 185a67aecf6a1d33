/** Ordering sweeps, and what a person sees of them. */
import { describe, expect, test } from 'vitest';
import type { SweepRun, TableProgress } from '../../../../actors/state/sweep-store.ts';
import { settingsSchema } from '../../../../protocol/settings/settings-schema.ts';
import { renderSweep, renderSweeps } from '../../../../supervisor/cli/render-sweep.ts';
import { assertSweepable, isClean } from '../../../../supervisor/cli/verify-command.ts';

const pipelines = settingsSchema.shape.pipelines.parse({
  swept: {
    source: { database: 'order', topic: 'cdc.order' },
    target: { database: 'seller' },
    tables: { orders: { modifiedColumn: 'changed_at' }, item: {} },
    verification: { sweep: {} },
  },
  plain: { source: { database: 'order', topic: 'cdc.order' }, target: { database: 'seller' }, tables: { orders: {} } },
});

const table: TableProgress = {
  table: 'orders',
  place: null,
  rows: 1_200_000,
  targetRows: 1_200_001,
  chunks: 1_200,
  suspects: 3,
  mismatches: 1,
  unjudged: 0,
  reason: null,
  isEnded: true,
  endedMs: 1_767_225_660_000,
};
const sweep: SweepRun = {
  id: 7,
  pipeline: 'swept',
  origin: 'order',
  scope: { tables: ['orders'], sinceMs: 1_767_222_000_000 },
  state: 'done',
  reason: null,
  by: 'kim@desk',
  orderedMs: 1_767_225_600_000,
  startedMs: 1_767_225_601_000,
  endedMs: 1_767_225_660_000,
  tables: [table],
};

describe('an order is refused before anybody waits for it', () => {
  test.each([
    ['of a pipeline that is not there', 'other', {}, 'no pipeline other; there are: swept, plain'],
    ['of a pipeline without sweeper', 'plain', {}, 'verification.sweep'],
    ['of a table that is not there', 'swept', { tables: ['orders', 'nowhere'] }, 'no table nowhere'],
    ['with a key range of several tables', 'swept', { keys: { from: ['1'] } }, 'a key range is of one table'],
    ['since a time, of a table that does not tell', 'swept', { sinceMs: 1 }, 'rows of item changed'],
  ])('%s', (_, pipeline, scope, reason) => {
    expect(() => assertSweepable(pipeline, { pipelines }, scope)).toThrow(reason);
  });

  test('and taken when it can be carried out', () => {
    assertSweepable('swept', { pipelines }, {});
    assertSweepable('swept', { pipelines }, { tables: ['orders'], sinceMs: 1, keys: { to: ['9'] } });
  });
});

describe('what came of a sweep', () => {
  test('is clean only when all was compared, judged and right', () => {
    const right = { ...table, mismatches: 0 };
    expect(isClean({ ...sweep, tables: [right] })).toBe(true);
    expect(isClean(sweep)).toBe(false);
    expect(isClean({ ...sweep, tables: [{ ...right, unjudged: 1 }] })).toBe(false);
    expect(isClean({ ...sweep, tables: [{ ...right, reason: 'ERG_4101: no key' }] })).toBe(false);
    expect(isClean({ ...sweep, state: 'stopped', tables: [right] })).toBe(false);
  });

  test('is told by table, with where to go on', () => {
    const [title, , row, hint] = renderSweep(sweep);
    expect(title).toBe('sweep 7 of swept, orders, changed since 2025-12-31 23:00:00: done');
    expect(row?.split(/ {2,}/)).toEqual(['orders', 'compared', '1200000', '1200001', '3', '1', '0']);
    expect(hint).toBe('rows that are wrong are cases: ergate case list --pipeline swept');
  });

  test('is one line in the list', () => {
    const [, row] = renderSweeps([sweep]);
    expect(row?.trim().split(/ {2,}/)).toEqual([
      '7',
      'swept',
      'orders, changed since 2025-12-31 23:00:00',
      'done',
      '1200000',
      '1',
      '0',
      '2026-01-01 00:00:00',
      '2026-01-01 00:01:00',
      'kim@desk',
    ]);
    expect(renderSweeps([{ ...sweep, scope: undefined }])[1]).toContain('of another version');
    expect(renderSweeps([])).toEqual(['nothing was swept']);
  });
});
