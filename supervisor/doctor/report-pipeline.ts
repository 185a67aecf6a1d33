import type { ServerInspection, TargetInspection } from '../../actors/target/mysql/inspect-server.ts';
import { judgeShard } from '../../actors/target/mysql/judge-shard.ts';
import { judgeSourceTable } from '../../actors/target/mysql/judge-source-table.ts';
import type { Remark } from '../../actors/target/remark.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { DatabaseSettings, PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { PipelineReport, PlaceReport, TableReport, Verdict } from './doctor-report.ts';
import { groupTables, reportTable, worstOf } from './report-table.ts';

type Shard = DatabaseSettings['shards'][number];

/** What a server said of itself, or why it did not. */
export interface Answer<Inspection> {
  readonly shard: Shard;
  readonly inspection: Inspection | ReplicationError;
}

export interface ExaminedTable {
  readonly source: string;
  readonly target: string;
  readonly ignored: ReadonlySet<string>;
}

export interface ExaminedPipeline {
  readonly name: string;
  readonly pipeline: PipelineSettings;
  readonly tables: readonly ExaminedTable[];
  /** Undefined when the settings name no server for it. */
  readonly source: Answer<ServerInspection> | undefined;
  readonly answers: readonly Answer<TargetInspection>[];
  /** Of the shards that have one. */
  readonly replicas: readonly Answer<ServerInspection>[];
}

export function buildPipelineReport(examined: ExaminedPipeline): PipelineReport {
  const { name, pipeline, tables, source, answers, replicas } = examined;
  return {
    pipeline: name,
    topic: pipeline.source.topic,
    source: source === undefined ? undefined : reportSource(source, tables),
    shards: answers.map((answer) =>
      pipeline.apply ? reportShard(answer, packetBytesOf(source)) : reportPlace(answer, () => []),
    ),
    replicas: replicas.map((answer) => reportPlace(answer, (seen) => judgeReplica(seen, tables))),
    tables: groupTables(
      tables.flatMap((table) => answers.map((answer) => reportOn(table, answer, { pipeline, source }))),
    ),
  };
}

export function summarise(pipelines: readonly PipelineReport[]): Readonly<Record<Verdict, number>> {
  const summary = { safe: 0, warn: 0, refused: 0, unknown: 0 };
  for (const { tables } of pipelines) {
    for (const { verdict, shards } of tables) {
      summary[verdict] += shards.length;
    }
  }
  return summary;
}

function reportSource(answer: Answer<ServerInspection>, tables: readonly ExaminedTable[]): PlaceReport {
  return reportPlace(answer, (inspection) =>
    tables.flatMap(({ source }) => judgeSourceTable(source, inspection.tables.get(source))),
  );
}

function reportShard(answer: Answer<TargetInspection>, sourcePacketBytes: number | undefined): PlaceReport {
  const { shard, inspection } = answer;
  const { database } = shard;
  const place = reportPlace(answer, (seen) => judgeShard(seen, { database, sourcePacketBytes }));
  return inspection instanceof ReplicationError
    ? place
    : { ...place, fence: inspection.fence === undefined ? 'missing' : 'present' };
}

/** What lacks a table lags, or is a replica of something else: first looks at the table would fail. */
function judgeReplica({ tables: found }: ServerInspection, tables: readonly ExaminedTable[]): readonly Remark[] {
  return tables.flatMap(({ target }) => {
    const message = `table ${target} does not exist at the replica, or the user may not see it`;
    return found.has(target) ? [] : [{ severity: 'warning', code: 'ERG_3402', message, statements: [] }];
  });
}

function reportPlace<Inspection extends ServerInspection>(
  { shard, inspection }: Answer<Inspection>,
  judge: (inspection: Inspection) => readonly Remark[],
): PlaceReport {
  const { name, host, port, database, user } = shard;
  const place = { name, address: `${host}:${port}/${database}`, user };
  if (inspection instanceof ReplicationError) {
    const { code, message } = inspection;
    const reason = message.slice(`${code}: `.length);
    const isAway = inspection.class === 'transient' || inspection.class === 'unknown';
    const remark: Remark = { severity: 'refused', code, message: reason, statements: [] };
    return { ...place, server: undefined, verdict: isAway ? 'unknown' : 'refused', remarks: [remark] };
  }
  const remarks = judge(inspection);
  return { ...place, server: inspection.facts, verdict: worstOf(remarks), remarks };
}

function reportOn(
  { source: sourceName, target, ignored }: ExaminedTable,
  { shard, inspection }: Answer<TargetInspection>,
  { pipeline, source }: Pick<ExaminedPipeline, 'pipeline' | 'source'>,
): TableReport {
  if (inspection instanceof ReplicationError) {
    const unknown = { table: target, source: sourceName, shards: [shard.name], plan: undefined, remarks: [] };
    return { ...unknown, verdict: 'unknown' };
  }
  const sourceShape = tablesOf(source)?.get(sourceName);
  const { apply, marker } = pipeline;
  const judged = { source: sourceName, target, ignored, apply, marker, sourceShape };
  return reportTable(judged, apply ? inspection : onlyToRead(inspection), shard);
}

/** Who only looks lacks nothing but the right to. */
function onlyToRead(inspection: TargetInspection): TargetInspection {
  const denied = [...inspection.denied].map(
    ([table, privileges]) => [table, privileges.filter((privilege) => privilege === 'SELECT')] as const,
  );
  return { ...inspection, denied: new Map(denied) };
}

function tablesOf(source: Answer<ServerInspection> | undefined): ServerInspection['tables'] | undefined {
  return source === undefined || source.inspection instanceof ReplicationError ? undefined : source.inspection.tables;
}

function packetBytesOf(source: Answer<ServerInspection> | undefined): number | undefined {
  return source === undefined || source.inspection instanceof ReplicationError
    ? undefined
    : source.inspection.facts.maxPacketBytes;
}
