import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings } from '../settings-schema.ts';
import { checkApply } from './check-apply.ts';
import { checkCanary } from './check-canary.ts';
import { checkFormat } from './check-format.ts';
import { checkLookups } from './check-lookups.ts';
import { checkDatabaseName } from './check-reference.ts';
import { checkReplicatedTables } from './check-replicated-tables.ts';
import { checkSharding } from './check-sharding.ts';
import { checkStream } from './check-stream.ts';

type Entry = readonly [name: string, pipeline: PipelineSettings];

export function checkPipelines(draft: SettingsDraft): Complaint[] {
  const owners = new Map<string, string>();
  return [...draft.pipelines].flatMap(([name, pipeline]) => {
    const path = ['pipelines', name];
    return [
      ...checkDatabaseName(draft, [...path, 'source', 'database'], pipeline.source.database),
      ...checkDatabaseName(draft, [...path, 'target', 'database'], pipeline.target.database),
      ...checkSharding(draft, name, pipeline),
      ...checkStream(draft, name, pipeline),
      ...checkFormat(draft, name, pipeline),
      ...checkReplicatedTables(name, pipeline),
      ...checkLookups(draft, name, pipeline),
      ...checkLoop(draft, name, pipeline),
      ...checkOwners(draft, owners, [name, pipeline]),
      ...checkLimits(name, pipeline),
      ...checkCanary(name, pipeline),
      ...checkApply(name, pipeline),
    ];
  });
}

/** What ergate writes would be captured and written again, for ever. */
function checkLoop(draft: SettingsDraft, name: string, { source, target }: PipelineSettings): Complaint[] {
  const sources = listPlaces(draft, source.database);
  const loops = listPlaces(draft, target.database).some((place) => sources.includes(place));
  const expected = 'a target that is not the source itself';
  return loops ? [{ path: ['pipelines', name, 'target', 'database'], expected, got: target.database }] : [];
}

/**
 * One target table has one writer: the versions of two change streams cannot be compared. Two databases of the settings
 * may be one place, so places are what counts. A pipeline that applies nothing writes none.
 */
function checkOwners(draft: SettingsDraft, owners: Map<string, string>, [name, pipeline]: Entry): Complaint[] {
  const { target, tables, apply } = pipeline;
  const complaints: Complaint[] = [];
  if (!apply) {
    return complaints;
  }
  for (const [source, table] of Object.entries(tables)) {
    const written = table.target ?? source;
    const keys = [target.database, ...listPlaces(draft, target.database)].map((place) => `${place} ${written}`);
    const owner = keys.map((key) => owners.get(key)).find((found) => found !== undefined);
    if (owner !== undefined) {
      const got = `${written} of ${target.database}, which ${owner} writes`;
      complaints.push({ path: ['pipelines', name, 'tables', source], expected: 'a target table of its own', got });
    }
    for (const key of keys) {
      owners.set(key, owner ?? `${name}.${source}`);
    }
  }
  return complaints;
}

function listPlaces({ databases }: SettingsDraft, name: string): readonly string[] {
  return (databases.get(name)?.shards ?? []).map(({ host, port, database }) => `${host}:${port}/${database}`);
}

function checkLimits(name: string, { batch, maxQueuedBytes }: PipelineSettings): Complaint[] {
  const pipeline = ['pipelines', name];
  const path = [...pipeline, 'batch'];
  const complaints: Complaint[] = [];
  if (batch.growBelow >= batch.shrinkAbove) {
    complaints.push({
      path: [...path, 'growBelow'],
      against: [...path, 'shrinkAbove'],
      expected: 'less than shrinkAbove',
      got: `${batch.growBelow} ms, and shrinkAbove is ${batch.shrinkAbove} ms`,
      hint: '50ms and 100ms',
    });
  }
  if (batch.minRows > batch.maxRows) {
    complaints.push({
      path: [...path, 'minRows'],
      against: [...path, 'maxRows'],
      expected: 'at most maxRows',
      got: `${batch.minRows}, and maxRows is ${batch.maxRows}`,
    });
  }
  if (batch.maxBytes > maxQueuedBytes) {
    complaints.push({
      path: [...path, 'maxBytes'],
      against: [...pipeline, 'maxQueuedBytes'],
      expected: 'at most maxQueuedBytes',
      got: `${batch.maxBytes}, and maxQueuedBytes is ${maxQueuedBytes}`,
    });
  }
  return complaints;
}
