import { ReplicationError } from '../errors/replication-error.ts';
import { captureJob, type Job, sinkJob } from './job.ts';
import type { DrainCommand, SpawnCommand, StopCommand } from './node-message.ts';

/** As the settings allow them. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const MAX_PARTITION = 1_000_000;
const MAX_DRAIN_MS = 600_000;

/**
 * @returns undefined when the job is of a kind that this version does not know
 * @throws ReplicationError ERG_6103
 */
export function readSpawnCommand(body: unknown): SpawnCommand | undefined {
  const fields = readFields(body, 'a spawn command');
  const job = readJob(fields['job']);
  return job === undefined ? undefined : { job, placeEpoch: readCount(fields, 'placeEpoch') };
}

/** @throws ReplicationError ERG_6103 */
export function readStopCommand(body: unknown): StopCommand {
  const fields = readFields(body, 'a stop command');
  return {
    jobName: readText(fields, 'jobName'),
    placeEpoch: readCount(fields, 'placeEpoch'),
    drainMs: readCount(fields, 'drainMs', MAX_DRAIN_MS),
  };
}

/** @throws ReplicationError ERG_6103 */
export function readDrainCommand(body: unknown): DrainCommand {
  return { drainMs: readCount(readFields(body, 'a drain command'), 'drainMs', MAX_DRAIN_MS) };
}

function readJob(value: unknown): Job | undefined {
  const fields = readFields(value, 'a job');
  switch (fields['kind']) {
    case 'capture':
      return captureJob(readName(fields, 'capture'));
    case 'sink':
      return sinkJob(readName(fields, 'pipeline'), readCount(fields, 'partition', MAX_PARTITION));
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(`expected ${what}`);
  }
  return { ...value };
}

function readText(fields: Fields, name: string): string {
  const text = fields[name];
  if (typeof text !== 'string' || text === '') {
    throw unreadable(`${name}: expected a text`);
  }
  return text;
}

function readName(fields: Fields, name: string): string {
  const text = readText(fields, name);
  if (!NAME.test(text)) {
    throw unreadable(`${name}: expected a name of a-z, 0-9 and -`);
  }
  return text;
}

function readCount(fields: Fields, name: string, most = Number.MAX_SAFE_INTEGER): number {
  const count = fields[name];
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > most) {
    throw unreadable(`${name}: expected an integer from 0 to ${most}`);
  }
  return count;
}

function unreadable(message: string): ReplicationError {
  return new ReplicationError('ERG_6103', message);
}
