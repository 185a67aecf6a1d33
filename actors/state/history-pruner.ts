/** What is over for long is deleted: closed cases with all that stands of them, runs, closed incidents. The audit stays. */
export interface HistoryPruner {
  /**
   * Some of what ended before; called again until nothing is left. Safe to call from several processes.
   *
   * @param keepMs how long what is over is kept
   * @param limit of cases, and of runs
   * @throws ReplicationError ERG_5001, ERG_5002
   */
  prune(keepMs: number, limit: number): Promise<PrunedCounts>;
}

export interface PrunedCounts {
  readonly cases: number;
  readonly runs: number;
}
