/** What is known of the canaries of a pipeline: the one that is out, and how the last ones ended. */
import type { RowName } from '../../protocol/verify/row-name.ts';

/**
 * planned: asked of the sink, or about to be · planted: the row is wrong · found: it was reported in time · missed: it was
 * not. In the last two the row is being repaired.
 */
export const CANARY_STATES = ['planned', 'planted', 'found', 'missed'] as const;
export type CanaryState = (typeof CANARY_STATES)[number];

export interface Canary {
  readonly state: CanaryState;
  readonly row: RowName;
  /** Of the stream: whose sink owns the row. */
  readonly partition: number;
  /** At the target: those that the verification compares. */
  readonly columns: readonly string[];
  /** What was done, as "case name"; '' while it is not known. */
  readonly change: string;
  /** Wall ms, by the clock of the state database. A case of the row that is not older is of this canary. */
  readonly plannedMs: number;
  /** When it was known to be wrong; null before. */
  readonly plantedMs: number | null;
}

export interface CanaryRecord {
  /** Number of canaries that were planned. */
  readonly turn: number;
  /** Null when none is out. */
  readonly current: Canary | null;
  /** Of the newest one that was out. Wall ms, by the clock of the state database; null: never. */
  readonly plannedMs: number | null;
  readonly foundMs: number | null;
  readonly missedMs: number | null;
  /** Error code and sentence of what kept the last one from being tried or found; null when nothing did. */
  readonly reason: string | null;
}

export const NO_CANARY: CanaryRecord = {
  turn: 0,
  current: null,
  plannedMs: null,
  foundMs: null,
  missedMs: null,
  reason: null,
};

export interface CanaryPlace {
  readonly pipeline: string;
  /** Of the sweeper. */
  readonly placeEpoch: number;
}

/** All reject with ERG_5001, ERG_5002. */
export interface CanaryStore {
  load(pipeline: string): Promise<CanaryRecord & { readonly nowMs: number }>;
  /**
   * A canary that becomes planted stands in the audit; a missed one opens an incident, and the next that is found closes it.
   * @throws ReplicationError ERG_4104 when a sweeper of a newer place keeps the canaries
   */
  save(place: CanaryPlace, record: CanaryRecord): Promise<void>;
}
