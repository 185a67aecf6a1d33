/** Everything before this place of the source's log has been acknowledged by the change stream. */
export interface CaptureCheckpoint {
  /** Raised when the log restarted; part of every source position. */
  readonly epoch: number;
  readonly binlogFile: string;
  /** Byte position where the next source transaction starts. */
  readonly binlogPosition: number;
  /** GTID of the last transaction before that place, '' when the server has none; informs, the position decides. */
  readonly gtid: string;
}

/** All reject with ERG_5001 when it may be tried again; claim and save with ERG_5003 when a capture of a higher place epoch has claimed. */
export interface CaptureCheckpointStore {
  /**
   * Makes the caller the only one that may save, and gives what was saved last; undefined before the first save. Called
   * before each connect to the source, so that two captures of one server id do not end each other's connections for ever.
   */
  claim(capture: string, placeEpoch: number): Promise<CaptureCheckpoint | undefined>;
  save(capture: string, placeEpoch: number, checkpoint: CaptureCheckpoint): Promise<void>;
  /** What was saved last, by whomever; for readers. Undefined before the first save. */
  find(capture: string): Promise<CaptureCheckpoint | undefined>;
}
