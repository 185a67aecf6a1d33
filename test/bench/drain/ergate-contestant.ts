/**
 * ergate as a user runs it: one supervisor and one node per partition, each a process of its own, told by a settings file.
 * Only the nodes are measured; the supervisor is not on the path of a change.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { BenchChild } from './child-process.ts';
import type { Contestant, DrainRun, DrainServer, RunningContestant } from './contestant.ts';
import { DRAIN_TABLE } from './drain-workload.ts';

const ERGATE = fileURLToPath(new URL('../../../supervisor/cli/ergate.ts', import.meta.url));

export interface ErgateVariant {
  readonly name: string;
  readonly title: string;
  /** Settings of the pipeline that differ from the defaults. */
  readonly pipeline?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Default the state server, where nothing is looked up. */
  readonly source?: DrainServer;
}

export const ergate = buildErgate({
  name: 'ergate',
  title: 'ergate: lossless, guarded, offsets, findings; one node per partition',
});

export function buildErgate(variant: ErgateVariant): Contestant {
  return { name: variant.name, title: variant.title, work: 'writes', start: async (run) => startErgate(run, variant) };
}

export function startErgate(
  run: DrainRun,
  { pipeline = {}, env, source = run.state }: ErgateVariant,
): RunningContestant {
  const settings = join(run.folder, `${run.id}.yaml`);
  writeFileSync(settings, stringify(buildSettings(run, source, pipeline)));
  const start = (name: string, args: readonly string[], profile: boolean) =>
    new BenchChild({
      name: `${run.id}-${name}`,
      script: ERGATE,
      args: [...args, '--config', settings],
      folder: run.folder,
      profile,
      env,
    });
  const nodes = Array.from({ length: run.partitions }, (_, index) => {
    const name = `node-${index + 1}`;
    return start(name, ['node', '--node', name], run.profile);
  });
  const supervisor = start('supervisor', ['supervisor'], false);
  const all = [...nodes, supervisor];
  return {
    pids: nodes.map(({ pid }) => pid),
    endsByItself: false,
    isDone: async () => {
      for (const child of all) {
        child.isDone(); // throws when it died
      }
      return true;
    },
    stop: async () => {
      await Promise.all(all.map((child) => child.stop()));
    },
  };
}

function buildSettings(run: DrainRun, source: DrainServer, pipeline: object): object {
  const { brokers, natsUrl, target, state, topic, environment } = run;
  return {
    version: 1,
    environment,
    nats: { servers: [natsUrl] },
    kafka: { brokers },
    state,
    databases: {
      origin: { driver: 'mysql', shards: [{ name: 'origin', ...source }] },
      target: { driver: 'mysql', shards: [{ name: 'target', ...target }] },
    },
    pipelines: {
      drain: {
        source: { database: 'origin', topic, startFrom: 'earliest' },
        target: { database: 'target', shardBy: 'single' },
        tables: { [DRAIN_TABLE]: {} },
        ...pipeline,
      },
    },
  };
}
