/** What is known of the canaries of a pipeline: the one that is out, and how the last ones of each finder ended. */
import type { CanaryFinder } from '../../protocol/message/canary-message.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';

/**
 * planned: asked of the sink, or about to be · planted: the row is wrong · found: it was reported in time · missed: it was
 * not · unjudged: nothing can be said of who should have found it. In the last three the row is being repaired.
 */
export const CANARY_STATES = ['planned', 'planted', 'found', 'missed', 'unjudged'] as const;
export type CanaryState = (typeof CANARY_STATES)[number];

export interface Canary {
  readonly state: CanaryState;
  /** Who has to find it. */
  readonly by: CanaryFinder;
  readonly row: RowName;
  /** Of the stream: whose sink owns the row. */
  readonly partition: number;
  /** At the target: those that the verification compares. */
  readonly columns: readonly string[];
  /** Of the row at the target before the damage, decimal text; null where nothing tells. */
  readonly version: string | null;
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
  readonly by: Readonly<Record<CanaryFinder, FinderRecord>>;
}

export interface FinderRecord {
  /** Of the newest that was found, and that was not. Wall ms, by the clock of the state database; null: never. */
  readonly foundMs: number | null;
  readonly missedMs: number | null;
  /** Error code and sentence of what kept the last one from being tried, found or judged; null when nothing did. */
  readonly reason: string | null;
}

const NONE: FinderRecord = { foundMs: null, missedMs: null, reason: null };
export const NO_CANARY: CanaryRecord = {
  turn: 0,
  current: null,
  plannedMs: null,
  by: { sweeper: NONE, verifier: NONE },
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
   * A canary that becomes planted stands in the audit; a missed one opens an incident, and the next that is found by the same
   * finder closes it.
   * @throws ReplicationError ERG_4104 when a sweeper of a newer place keeps the canaries
   */
  save(place: CanaryPlace, record: CanaryRecord): Promise<void>;
}
