import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings } from '../settings-schema.ts';
import { checkDatabaseName } from './check-reference.ts';
import { checkReplicatedTables } from './check-replicated-tables.ts';
import { checkStream } from './check-stream.ts';

export function checkPipelines(draft: SettingsDraft): Complaint[] {
  const owners = new Map<string, string>();
  return [...draft.pipelines].flatMap(([name, pipeline]) => {
    const path = ['pipelines', name];
    return [
      ...checkDatabaseName(draft, [...path, 'source', 'database'], pipeline.source.database),
      ...checkDatabaseName(draft, [...path, 'target', 'database'], pipeline.target.database),
      ...checkSharding(draft, name, pipeline),
      ...checkStream(draft, name, pipeline),
      ...checkReplicatedTables(name, pipeline),
      ...checkOwners(owners, name, pipeline),
      ...checkLimits(name, pipeline),
    ];
  });
}

function checkSharding(draft: SettingsDraft, name: string, { target }: PipelineSettings): Complaint[] {
  const shards = draft.databases.get(target.database)?.shards.length ?? 1;
  if (shards === 1 || target.shardBy !== 'single') {
    return [];
  }
  const got = `single, and ${target.database} has ${shards} shards`;
  return [{ path: ['pipelines', name, 'target', 'shardBy'], expected: 'a way to choose a shard', got, hint: 'modulo' }];
}

/** One target table has one writer: the versions of two change streams cannot be compared. */
function checkOwners(owners: Map<string, string>, name: string, { target, tables }: PipelineSettings): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [source, table] of Object.entries(tables)) {
    const written = table.target ?? source;
    const key = `${target.database} ${written}`;
    const owner = owners.get(key);
    if (owner !== undefined) {
      const got = `${written} of ${target.database}, which ${owner} writes`;
      complaints.push({ path: ['pipelines', name, 'tables', source], expected: 'a target table of its own', got });
    }
    owners.set(key, owner ?? `${name}.${source}`);
  }
  return complaints;
}

function checkLimits(name: string, { batch, maxQueuedBytes }: PipelineSettings): Complaint[] {
  const path = ['pipelines', name, 'batch'];
  const complaints: Complaint[] = [];
  if (batch.growBelow >= batch.shrinkAbove) {
    const got = `${batch.growBelow} ms, and shrinkAbove is ${batch.shrinkAbove} ms`;
    complaints.push({ path: [...path, 'growBelow'], expected: 'less than shrinkAbove', got, hint: '50ms and 100ms' });
  }
  if (batch.minRows > batch.maxRows) {
    const got = `${batch.minRows}, and maxRows is ${batch.maxRows}`;
    complaints.push({ path: [...path, 'minRows'], expected: 'at most maxRows', got });
  }
  if (batch.maxBytes > maxQueuedBytes) {
    const got = `${batch.maxBytes}, and maxQueuedBytes is ${maxQueuedBytes}`;
    complaints.push({ path: [...path, 'maxBytes'], expected: 'at most maxQueuedBytes', got });
  }
  return complaints;
}
