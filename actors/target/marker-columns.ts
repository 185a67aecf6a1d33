/** Names of the columns that ergate adds to every target table. */
export interface MarkerColumns {
  /** Who wrote the row: 0 another tool, 1 ergate, 2 a person's forced sync. */
  readonly writer: string;
  /** Commit time at the source, UTC. */
  readonly commitTime: string;
  /** Version of the row: the place of its change in the log. */
  readonly version: string;
}
