import type { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { asSourceReadError } from '../../actors/source/source-errors.ts';
import type { SourceMark, SourceMarks } from '../../actors/source/source-marks.ts';
import type { CaptureCheckpointStore } from '../../actors/state/capture-checkpoint-store.ts';
import { readLogEnd } from '../../actors/sweeper/mysql-log-end.ts';
import { comparePlaces, type LogPlace, type LogPlaces } from '../../actors/sweeper/stream-progress.ts';

export interface SourceLogOptions {
  /** Of the source. */
  readonly pool: MysqlPool;
  /** Of ours that reads the log of that source. */
  readonly capture: string;
  readonly checkpoints: Pick<CaptureCheckpointStore, 'find'>;
}

/** How far the log of a source has come, and how much of it is in the change stream: what marks and sweeps go by. */
export class SourceLog implements SourceMarks, LogPlaces {
  readonly #options: SourceLogOptions;

  constructor(options: SourceLogOptions) {
    this.#options = options;
  }

  readonly readEnd = (): Promise<LogPlace> => readLogEnd(this.#options.pool, asSourceReadError);

  readonly readCaptured = async (): Promise<LogPlace | undefined> => {
    const { checkpoints, capture } = this.#options;
    const checkpoint = await checkpoints.find(capture);
    return checkpoint === undefined ? undefined : { file: checkpoint.binlogFile, position: checkpoint.binlogPosition };
  };

  async take(): Promise<SourceMark> {
    const end = await this.readEnd();
    return {
      isPublished: async () => {
        const captured = await this.readCaptured();
        return captured !== undefined && comparePlaces(captured, end) >= 0;
      },
    };
  }
}
