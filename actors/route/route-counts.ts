/** What a reader of the stream counts while it routes; see SinkCounts for what each means. */
export interface RouteCounts {
  records: number;
  changes: number;
  filtered: number;
  repeated: number;
  tombstones: number;
}
