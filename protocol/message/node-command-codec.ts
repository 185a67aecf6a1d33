import { captureJob, type Job, recoveryJob, sinkJob, sweeperJob, verifierJob } from './job.ts';
import type { DrainCommand, SpawnCommand, StopCommand } from './node-message.ts';
import { type Fields, readFields, readInteger, readText, unreadable } from './read-fields.ts';

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
  return job === undefined
    ? undefined
    : { job, placeEpoch: readInteger(fields, 'placeEpoch', Number.MAX_SAFE_INTEGER) };
}

/** @throws ReplicationError ERG_6103 */
export function readStopCommand(body: unknown): StopCommand {
  const fields = readFields(body, 'a stop command');
  return {
    jobName: readText(fields, 'jobName'),
    placeEpoch: readInteger(fields, 'placeEpoch', Number.MAX_SAFE_INTEGER),
    drainMs: readInteger(fields, 'drainMs', MAX_DRAIN_MS),
  };
}

/** @throws ReplicationError ERG_6103 */
export function readDrainCommand(body: unknown): DrainCommand {
  return { drainMs: readInteger(readFields(body, 'a drain command'), 'drainMs', MAX_DRAIN_MS) };
}

function readJob(value: unknown): Job | undefined {
  const fields = readFields(value, 'a job');
  switch (fields['kind']) {
    case 'capture':
      return captureJob(readName(fields, 'capture'));
    case 'sink':
      return sinkJob(readName(fields, 'pipeline'), readInteger(fields, 'partition', MAX_PARTITION));
    case 'verifier':
      return verifierJob(readName(fields, 'pipeline'), readInteger(fields, 'partition', MAX_PARTITION));
    case 'recovery':
      return recoveryJob(readName(fields, 'pipeline'), readInteger(fields, 'partition', MAX_PARTITION));
    case 'sweeper':
      return sweeperJob(readName(fields, 'pipeline'));
    default:
      return undefined;
  }
}

function readName(fields: Fields, name: string): string {
  const text = readText(fields, name);
  if (!NAME.test(text)) {
    throw unreadable(`${name}: expected a name of a-z, 0-9 and -`);
  }
  return text;
}
