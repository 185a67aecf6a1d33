import type { BinlogHandler, BinlogReader, SourceDefinitions } from './binlog-reader.ts';

export interface LogFile {
  readonly name: string;
  readonly bytes: number;
}

/** What a source says about itself at one moment. */
export interface SourceSurvey extends SourceDefinitions {
  /** Oldest first; the last one is being written. */
  readonly logs: readonly LogFile[];
}

/** A source database as a capture uses it. */
export interface CaptureSource {
  /**
   * Checks that the log is written in the way we need, and reads what is there.
   * @throws ReplicationError ERG_1502 transient, ERG_1503, ERG_1508
   */
  survey(): Promise<SourceSurvey>;
  openReader(definitions: SourceDefinitions, handler: BinlogHandler): BinlogReader;
}
