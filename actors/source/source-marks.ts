/** Tells when all that a source had committed at a moment is in the change stream. */
export interface SourceMarks {
  /**
   * Marks the end of the source's log as it is now. Undefined: nobody can tell how far the stream is, since no capture of
   * ours writes it.
   *
   * @throws ReplicationError transient when it may be tried again
   */
  take(): Promise<SourceMark | undefined>;
}

export interface SourceMark {
  /** Everything before the mark has been acknowledged by the change stream. @throws as take() */
  isPublished(): Promise<boolean>;
}
