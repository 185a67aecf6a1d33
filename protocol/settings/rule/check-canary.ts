import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings } from '../settings-schema.ts';

/** As many reserved rows as anybody needs; each combination of the values is one. */
const MAX_ROWS = 1_000;

export function checkCanary(name: string, { tables, verification, marker }: PipelineSettings): Complaint[] {
  const canary = verification?.canary;
  if (verification === undefined || canary === undefined) {
    return [];
  }
  const path = ['pipelines', name, 'verification', 'canary'];
  const own = tables[canary.table];
  if (own === undefined) {
    const expected = `a table of the pipeline: ${Object.keys(tables).join(', ')}`;
    return [{ path: [...path, 'table'], expected, got: canary.table }];
  }
  const columns = Object.keys(canary.where);
  const rows = Object.values(canary.where).reduce((product, values) => product * values.length, 1);
  const filled = new Set([...Object.keys(own.columnReplace), ...own.ignoreColumns, ...Object.values(marker)]);
  const unusable = columns.find((column) => filled.has(column));
  if (unusable !== undefined) {
    const expected = 'columns that the target has from the source as they are';
    return [{ path: [...path, 'where', unusable], expected, got: unusable }];
  }
  if (columns.length === 0 || rows > MAX_ROWS) {
    const expected = `columns of the primary key that name 1 to ${MAX_ROWS} rows`;
    return [{ path: [...path, 'where'], expected, got: columns.length === 0 ? 'none' : `${rows} rows` }];
  }
  const { within } = canary;
  if (within !== undefined && within <= verification.delay) {
    const expected = 'more than delay: no verifier looks before';
    return [{ path: [...path, 'within'], expected, got: `${within} ms, with a delay of ${verification.delay} ms` }];
  }
  return [];
}
