import type { BinlogHandler, BinlogReader, SourceColumns } from './binlog-reader.ts';

export interface LogFile {
  readonly name: string;
  readonly bytes: number;
}

/** What a source says about itself at one moment. */
export interface SourceSurvey {
  /** Oldest first; the last one is being written. */
  readonly logs: readonly LogFile[];
  readonly columns: SourceColumns;
}

/** A source database as a capture uses it. */
export interface CaptureSource {
  /**
   * Checks that the log is written in the way we need, and reads what is there.
   * @throws ReplicationError ERG_1502 transient, ERG_1503, ERG_1508
   */
  survey(): Promise<SourceSurvey>;
  openReader(columns: SourceColumns, handler: BinlogHandler): BinlogReader;
}
