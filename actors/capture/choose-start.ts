import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';
import type { CaptureCheckpoint } from '../state/capture-checkpoint-store.ts';
import type { LogFile } from './capture-source.ts';

/** Every file begins with four bytes that mark it as a log. */
const FIRST_POSITION = 4;

/**
 * Where to read from: the checkpoint, or the place that the settings name when there is none, or when a higher epoch says
 * that the log is another one now.
 *
 * @param logs oldest first
 * @throws ReplicationError ERG_1501 when the place is gone, ERG_1503 without any log, ERG_1507 for an older epoch
 */
export function chooseStart(
  checkpoint: CaptureCheckpoint | undefined,
  settings: Pick<CaptureSettings, 'epoch' | 'startFrom'>,
  logs: readonly LogFile[],
): CaptureCheckpoint {
  if (checkpoint === undefined || settings.epoch > checkpoint.epoch) {
    return startAnew(settings, logs);
  }
  if (settings.epoch < checkpoint.epoch) {
    throw new ReplicationError('ERG_1507', `expected epoch ${checkpoint.epoch} or higher, got ${settings.epoch}`);
  }
  const file = logs.find((log) => log.name === checkpoint.binlogFile);
  if (file === undefined || file.bytes < checkpoint.binlogPosition) {
    const has = file === undefined ? `the oldest it has is ${logs[0]?.name ?? 'none'}` : `the file has ${file.bytes}`;
    throw new ReplicationError(
      'ERG_1501',
      `expected ${checkpoint.binlogFile} up to ${checkpoint.binlogPosition} at the source, but ${has}`,
    );
  }
  return checkpoint;
}

function startAnew(
  { epoch, startFrom }: Pick<CaptureSettings, 'epoch' | 'startFrom'>,
  logs: readonly LogFile[],
): CaptureCheckpoint {
  const file = startFrom === 'oldest' ? logs[0] : logs.at(-1);
  if (file === undefined) {
    throw new ReplicationError('ERG_1503', 'expected at least one binary log file at the source');
  }
  const binlogPosition = startFrom === 'oldest' ? FIRST_POSITION : file.bytes;
  return { epoch, binlogFile: file.name, binlogPosition, gtid: '' };
}
