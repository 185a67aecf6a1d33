import { leaveOut } from '../../actors/catalog/leave-out.ts';
import { dependsOnOrder, type TableShape } from '../../actors/catalog/table-shape.ts';
import type { MarkerColumns } from '../../actors/target/marker-columns.ts';
import { compareColumns, createTable } from '../../actors/target/mysql/compare-columns.ts';
import type { TargetInspection } from '../../actors/target/mysql/inspect-server.ts';
import { judgeForeignTable } from '../../actors/target/mysql/judge-foreign-table.ts';
import { addPrimaryKey } from '../../actors/target/mysql/judge-key.ts';
import { judgePrivileges } from '../../actors/target/mysql/judge-shard.ts';
import { judgeTable } from '../../actors/target/mysql/judge-table.ts';
import { findGuard } from '../../actors/target/overwrite-guard.ts';
import type { Remark, Severity } from '../../actors/target/remark.ts';
import type { TableReport, Verdict, WritePlanReport } from './doctor-report.ts';

export interface JudgedTable {
  /** Its name at the source, and at the target. */
  readonly source: string;
  readonly target: string;
  readonly ignored: ReadonlySet<string>;
  /** False: another tool writes it. */
  readonly apply: boolean;
  readonly marker: MarkerColumns;
  /** Undefined when the source could not be asked or does not have the table. */
  readonly sourceShape: TableShape | undefined;
}

export function reportTable(
  judged: JudgedTable,
  inspection: TargetInspection,
  shard: { readonly name: string; readonly database: string },
): TableReport {
  const shape = inspection.tables.get(judged.target);
  const denied = judgePrivileges(inspection, shard.database, judged.target);
  const remarks = [
    ...(shape === undefined ? judgeMissing(judged, denied) : judgeShape(judged, shape)),
    ...(denied === undefined ? [] : [denied]),
  ];
  return {
    table: judged.target,
    source: judged.source,
    shards: [shard.name],
    verdict: worstOf(remarks),
    plan: shape === undefined ? undefined : describePlan(judged, shape),
    remarks: remarks.sort((a, b) => RANK[a.severity] - RANK[b.severity]),
  };
}

const RANK = { refused: 0, warning: 1, note: 2 } as const satisfies Record<Severity, number>;

export function worstOf(remarks: readonly Remark[]): Verdict {
  if (remarks.some(({ severity }) => severity === 'refused')) {
    return 'refused';
  }
  return remarks.some(({ severity }) => severity === 'warning') ? 'warn' : 'safe';
}

/** Tables that differ in nothing but their shard stand once. */
export function groupTables(reports: readonly TableReport[]): readonly TableReport[] {
  const groups = Map.groupBy(reports, ({ shards, ...same }) => JSON.stringify(same));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, shards: [first, ...others].flatMap(({ shards }) => shards) }],
  );
}

function judgeMissing({ target, sourceShape, marker, apply }: JudgedTable, denied: Remark | undefined): Remark[] {
  if (denied !== undefined) {
    return []; // whether it exists is known when it may be seen
  }
  return [
    {
      severity: 'refused',
      code: 'ERG_3402',
      message: 'does not exist',
      statements: sourceShape === undefined || !apply ? [] : [createTable(target, sourceShape, marker)],
    },
  ];
}

function judgeShape(judged: JudgedTable, shape: TableShape): readonly Remark[] {
  const { ignored, marker, sourceShape: source, apply } = judged;
  const target = leaveOut(shape, ignored);
  if (!apply) {
    return judgeForeignTable(target, source, ignored);
  }
  const remarks = withSourceKey(judgeTable(target, marker), shape, source);
  return source === undefined || shape.traits?.isBase === false
    ? remarks
    : [...remarks, ...compareColumns({ target, source, marker, ignored })];
}

/** A table without a key gets that of the source, if it has the columns. */
function withSourceKey(
  remarks: readonly Remark[],
  shape: TableShape,
  source: TableShape | undefined,
): readonly Remark[] {
  const key = source?.primaryKey ?? [];
  if (key.length === 0 || !key.every((column) => shape.columnByName.has(column))) {
    return remarks;
  }
  return remarks.map((remark) =>
    remark.code === 'ERG_3504'
      ? { ...remark, statements: [addPrimaryKey(shape.name, key)], advice: undefined }
      : remark,
  );
}

function describePlan(judged: JudgedTable, shape: TableShape): WritePlanReport | undefined {
  const { ignored, marker, sourceShape, apply } = judged;
  const guard = findGuard(shape, marker);
  if (guard === undefined || !apply || shape.traits?.isBase === false) {
    return undefined;
  }
  const { traits } = shape;
  return {
    guard: guard.mode,
    write: dependsOnOrder(shape) ? 'row by row' : 'upsert',
    key: shape.primaryKey,
    unwritten: sourceShape?.columns
      .filter(({ name }) => !shape.columnByName.has(name) && !ignored.has(name))
      .map(({ name }) => name),
    ignored: [...ignored],
    generated: shape.columns.filter(({ generated }) => generated).map(({ name }) => name),
    invisible: traits?.invisibleColumns ?? [],
    uniqueIndexes: shape.uniqueIndexes.map(({ name }) => name),
    triggers: traits?.triggers.map(({ name }) => name) ?? [],
    foreignKeys: traits?.foreignKeys.map(({ name }) => name) ?? [],
  };
}
