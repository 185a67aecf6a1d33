import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SinkDetail } from '../../protocol/message/actor-status.ts';
import { NO_ADAPTER } from '../../protocol/settings/list-refused-pipelines.ts';
import type { KnownNode } from '../cluster/node-registry.ts';
import type { JobRecord } from '../cluster/place-book.ts';
import type { Alert } from './alert-book.ts';
import { SETTLING_MS } from './is-settling.ts';

export interface Troubles {
  readonly records: readonly JobRecord[];
  /** Jobs that are not placed yet on purpose; what they wait for has an alert of its own. */
  readonly held: ReadonlyMap<string, string>;
  /** Pipelines that this version cannot run, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
  readonly nodes: readonly KnownNode[];
  /** Nodes of which two processes were heard. */
  readonly doubleNodes: readonly string[];
  readonly hasSettled: boolean;
  readonly isFrozen: boolean;
  readonly leading: ReplicationError | undefined;
  readonly findings: ReplicationError | undefined;
  readonly topics: ReadonlyMap<string, ReplicationError>;
  readonly nowMs: number;
  readonly wallMs: number;
}

/** What a person should know; the worst first. */
export function collectAlerts(troubles: Troubles): Alert[] {
  return [
    ...ofErrors(troubles),
    ...ofNodes(troubles),
    ...ofFaults(troubles),
    ...ofJobs(troubles),
    ...ofBreakers(troubles),
    ...ofLeftOut(troubles),
    ...ofRefused(troubles),
  ];
}

function ofErrors({ leading, findings, topics }: Troubles): Alert[] {
  const alerts: Alert[] = [];
  if (leading !== undefined) {
    alerts.push({ code: leading.code, about: 'leading', message: bare(leading) });
  }
  if (findings !== undefined && leading === undefined) {
    alerts.push({ code: findings.code, about: 'findings', message: `findings cannot be counted: ${bare(findings)}` });
  }
  for (const [topic, problem] of topics) {
    alerts.push({ code: problem.code, about: topic, message: bare(problem) });
  }
  return alerts;
}

function ofNodes({ nodes, doubleNodes, isFrozen, nowMs }: Troubles): Alert[] {
  const alerts: Alert[] = [];
  if (isFrozen) {
    const message = 'more than half of the nodes fell silent at once; their actors stay where they are for now';
    alerts.push({ code: 'ERG_6003', about: 'cluster', message });
  }
  for (const { name, state, heardMs, heartbeat } of nodes) {
    if (state === 'dead' && !heartbeat.draining) {
      const seconds = Math.round((nowMs - heardMs) / 1_000);
      alerts.push({ code: 'ERG_6005', about: name, message: `${name} has not been heard for ${seconds} s` });
    }
  }
  for (const name of doubleNodes) {
    alerts.push({ code: 'ERG_6006', about: name, message: `two processes run under the name ${name}` });
  }
  return alerts;
}

function ofFaults({ nodes }: Troubles): Alert[] {
  return nodes
    .filter(({ state }) => state !== 'dead')
    .flatMap(({ name, heartbeat: { faults = [] } }) =>
      faults.map(({ fault }) => ({
        code: 'ERG_6204',
        about: `${name} ${fault}`,
        message: `${fault} is switched on at ${name}`,
      })),
    );
}

function ofJobs({ records, held, hasSettled, wallMs }: Troubles): Alert[] {
  const alerts: Alert[] = [];
  const homeless: string[] = [];
  for (const { job, quarantine, place, sinceMs } of records) {
    if (quarantine !== undefined) {
      alerts.push({ code: 'ERG_6004', about: job.name, message: `${job.name} is quarantined: ${quarantine.reason}` });
    } else if (place === undefined && !held.has(job.name) && wallMs - sinceMs >= SETTLING_MS) {
      homeless.push(job.name);
    }
  }
  const [first] = homeless;
  if (first !== undefined && hasSettled) {
    const message = homeless.length === 1 ? `${first} has` : `${first} and ${homeless.length - 1} more jobs have`;
    alerts.push({ code: 'ERG_6002', about: 'jobs', message: `${message} no node to run on` });
  }
  return alerts;
}

function ofRefused({ refused }: Troubles): Alert[] {
  return [...refused].map(([pipeline, reason]) => ({
    code: NO_ADAPTER,
    about: pipeline,
    message: `${pipeline} is not run: ${reason}`,
  }));
}

/** Those that let nothing through, once for a shard of a pipeline. */
function ofBreakers({ nodes }: Troubles): Alert[] {
  const alerts: Alert[] = nodes
    .filter(({ state }) => state !== 'dead')
    .flatMap(({ heartbeat: { breakers = [] } }) => breakers)
    .filter(({ state }) => state !== 'closed' && state !== 'suspect')
    .map(({ pipeline, shard, state, reason }) => ({
      code: state === 'held' ? 'ERG_3012' : 'ERG_3011',
      about: `${pipeline}/${shard}`,
      message: `the breaker of ${pipeline} ${shard} is ${state}: ${reason}`,
    }));
  return [...new Map(alerts.map((alert) => [alert.about, alert])).values()];
}

/** What is left out of partitions; a node of an older version does not tell. */
function ofLeftOut({ records }: Troubles): Alert[] {
  return records.flatMap(({ job, report }) => {
    const detail: Partial<SinkDetail> | undefined =
      report?.status.detail.kind === 'sink' ? report.status.detail : undefined;
    return (detail?.parked ?? []).map(({ shard, table, state, fromOffset, reason }) => {
      const about = `${job.name} ${shard}${table === undefined ? '' : `.${table}`}`;
      const message = `${about} is left out from offset ${fromOffset} (${state}): ${reason}`;
      return { code: 'ERG_3013', about, message };
    });
  });
}

/** The message without its code, which stands beside it. */
function bare(error: ReplicationError): string {
  return error.message.startsWith(`${error.code}: `) ? error.message.slice(error.code.length + 2) : error.message;
}
