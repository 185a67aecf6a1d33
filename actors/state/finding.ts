import type { ErrorCode } from '../../protocol/errors/error-codes.ts';

/** Where in the flow a change got stuck. */
export type FindingStage = 'decode' | 'route' | 'write';

/** A change that could not be applied, kept whole so that nothing is lost. */
export interface Finding {
  readonly pipeline: string;
  readonly topic: string;
  /** Tells the records of a topic that was created anew from those of the old one. */
  readonly topicEpoch: number;
  readonly partition: number;
  readonly offset: bigint;
  /** Index of the payload in its record; -1 when the whole record is meant. */
  readonly payloadIndex: number;
  readonly code: ErrorCode;
  readonly stage: FindingStage;
  /** What was expected and what came; no row values. At most 4 KB, cut in the middle. */
  readonly message: string;
  /** Undefined when the record could not be read that far. */
  readonly table: string | undefined;
  readonly rowKey: string | undefined;
  /** The record exactly as it came; stored once for all findings in it. */
  readonly recordKey: Buffer | null;
  readonly recordValue: Buffer | null;
}

export interface FindingCounts {
  readonly pipeline: string;
  readonly code: ErrorCode;
  readonly count: number;
  /** ISO time of the newest one. */
  readonly newest: string;
}

/** One partition of one life of a topic, as a pipeline reads it. */
export type FindingScope = Pick<Finding, 'pipeline' | 'topic' | 'topicEpoch' | 'partition'>;

/** Tells what has a finding. */
export interface FindingIndex {
  /** Of the records at these offsets, whatever stage they got stuck at. @throws ReplicationError ERG_5001 */
  listStuck(
    scope: FindingScope,
    offsets: readonly bigint[],
  ): Promise<readonly Pick<Finding, 'offset' | 'payloadIndex'>[]>;
}

/** Where findings are stored. Storing one twice (same pipeline, topic and its epoch, partition, offset, payload, stage) keeps one. */
export interface FindingStore {
  /** Resolves when all are durable. @throws ReplicationError ERG_5001 */
  store(findings: readonly Finding[]): Promise<void>;
  count(): Promise<readonly FindingCounts[]>;
}
