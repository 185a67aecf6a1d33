/**
 * Progress as the log of the source, the checkpoint of the capture and the committed offsets of the sinks tell it: three
 * steps, each a proof for the next.
 *
 * 1. At the mark the log of the source ends at a place: all that anybody has seen committed stands before it.
 * 2. The capture has acknowledged that place: all of it is in the topic, before its ends of now.
 * 3. A sink has committed that end, and leaves nothing out there: all of it is at the target.
 *
 * A stream of another program tells nothing for 1 and 2, and a target that another tool writes nothing for 3: there the age of
 * the mark has to do, or of the ends, as it does for the verifier.
 */
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CommittedOffset, OffsetRange } from '../stream/record-stream.ts';
import type { PassedPartitions, ProgressMark, ReplicationProgress } from './replication-progress.ts';

/** In the log of the source, between two events. */
export interface LogPlace {
  readonly file: string;
  readonly position: number;
}

export interface LeftOut {
  readonly shard: string;
  /** At the target; null: all of the shard. */
  readonly table: string | null;
}

export interface StreamProgressOptions {
  readonly partitions: number;
  readonly readOffsetRange: (partition: number) => Promise<OffsetRange>;
  /** Of the sink of the partition; undefined when there are none. */
  readonly readCommitted: ((partition: number) => Promise<CommittedOffset | undefined>) | undefined;
  /** What the metadata of a committed offset says is left out. @throws ReplicationError ERG_1217 */
  readonly readLeftOut: (metadata: string) => readonly LeftOut[];
  /** Name at the target of a table of the source. */
  readonly targetName: (table: string) => string;
  /** Of the source and its capture; undefined when another program writes the stream. */
  readonly log: LogPlaces | undefined;
  /** Without the places of a log, or without sinks: age of what counts as passed then, ms. */
  readonly delayMs: number;
  readonly clock: Clock;
}

export interface LogPlaces {
  /** Where the log ends now. */
  readonly readEnd: () => Promise<LogPlace>;
  /** Up to where all of it is in the change stream; undefined before the first. */
  readonly readCaptured: () => Promise<LogPlace | undefined>;
}

interface Mark extends ProgressMark {
  readonly takenMs: number;
  readonly end: LogPlace | undefined;
}

interface Ends {
  readonly readMs: number;
  readonly offsets: readonly bigint[];
}

/** A partition without any record needs no more. */
const NOTHING_COMMITTED: CommittedOffset = { offset: 0n, metadata: '' };

/** Committed offsets are asked for once for all marks of a round. */
const KEEP_COMMITTED_MS = 200;

export class StreamProgress implements ReplicationProgress {
  readonly #options: StreamProgressOptions;
  readonly #marks = new Map<number, Mark>();
  /** By mark: ends of the partitions, once the capture had passed it. */
  readonly #ends = new Map<number, Ends>();
  #count = 0;
  #committed: { readonly readMs: number; readonly offsets: readonly (CommittedOffset | undefined)[] } | undefined;

  constructor(options: StreamProgressOptions) {
    this.#options = options;
  }

  async mark(): Promise<ProgressMark> {
    const end = await this.#options.log?.readEnd();
    this.#count += 1;
    const mark = { id: this.#count, takenMs: this.#options.clock.monotonicMs(), end };
    this.#marks.set(mark.id, mark);
    return mark;
  }

  forget({ id }: ProgressMark): void {
    this.#marks.delete(id);
    this.#ends.delete(id);
  }

  async read({ id }: ProgressMark): Promise<PassedPartitions> {
    const mark = this.#marks.get(id);
    if (mark === undefined) {
      throw new ReplicationError('ERG_9000', 'a mark was asked for after it was forgotten');
    }
    let ends = this.#ends.get(id);
    if (ends === undefined) {
      const lacking = await this.#findCaptureLag(mark);
      if (lacking !== undefined) {
        return { find: () => undefined, lacking };
      }
      ends = await this.#readEnds();
      this.#ends.set(id, ends);
    }
    const { readCommitted } = this.#options;
    return readCommitted === undefined
      ? this.#compareAges(mark, ends)
      : this.#compare(ends.offsets, await this.#readCommitted(readCommitted));
  }

  async #readEnds(): Promise<Ends> {
    const readMs = this.#options.clock.monotonicMs();
    const ranges = await this.#ofAll((partition) => this.#options.readOffsetRange(partition));
    return { readMs, offsets: ranges.map(({ end }) => end) };
  }

  async #findCaptureLag({ takenMs, end }: Mark): Promise<ReplicationError | undefined> {
    const { log } = this.#options;
    if (log === undefined || end === undefined) {
      return this.#findYouth(takenMs);
    }
    const captured = await log.readCaptured();
    return captured !== undefined && comparePlaces(captured, end) >= 0
      ? undefined
      : notYet(`the capture is at ${show(captured)}, not yet at ${show(end)} of the source's log`);
  }

  #findYouth(sinceMs: number): ReplicationError | undefined {
    const { delayMs, clock } = this.#options;
    const waitMs = delayMs - (clock.monotonicMs() - sinceMs);
    return waitMs > 0 ? notYet(`rows that differ are looked at again in ${Math.ceil(waitMs / 1_000)} s`) : undefined;
  }

  /** Where the age has to do for the capture as well, it has done already. */
  #compareAges({ takenMs, end }: Mark, { readMs, offsets }: Ends): PassedPartitions {
    const lacking = this.#findYouth(end === undefined ? takenMs : readMs);
    return { find: (partition) => (lacking === undefined ? offsets[partition] : undefined), lacking };
  }

  #compare(ends: readonly bigint[], committed: readonly (CommittedOffset | undefined)[]): PassedPartitions {
    const { readLeftOut, targetName } = this.#options;
    const passed = ends.map((end, partition) => {
      const one = committed[partition] ?? NOTHING_COMMITTED;
      return one.offset >= end ? { offset: one.offset, leftOut: readLeftOut(one.metadata) } : undefined;
    });
    const behind = passed.flatMap((one, partition) => (one === undefined ? [partition] : []));
    const without = passed
      .flatMap((one) => one?.leftOut ?? [])
      .map(({ shard, table }) => (table === null ? shard : `${shard} ${table}`));
    return {
      find: (partition, { shard, table }) => {
        const one = passed[partition];
        const isLeftOut = one?.leftOut.some(
          (out) => out.shard === shard && (out.table ?? targetName(table)) === targetName(table),
        );
        return isLeftOut === true ? undefined : one?.offset;
      },
      lacking:
        behind.length + without.length === 0
          ? undefined
          : notYet(
              behind.length > 0
                ? `the sinks of partitions ${behind.join(', ')} are behind`
                : `the sinks leave out ${[...new Set(without)].join(', ')}`,
            ),
    };
  }

  async #readCommitted(
    readCommitted: NonNullable<StreamProgressOptions['readCommitted']>,
  ): Promise<readonly (CommittedOffset | undefined)[]> {
    const { clock } = this.#options;
    const readMs = clock.monotonicMs();
    if (this.#committed === undefined || readMs - this.#committed.readMs > KEEP_COMMITTED_MS) {
      this.#committed = { readMs, offsets: await this.#ofAll((partition) => readCommitted(partition)) };
    }
    return this.#committed.offsets;
  }

  #ofAll<T>(ask: (partition: number) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(Array.from({ length: this.#options.partitions }, (_, partition) => ask(partition)));
  }
}

function notYet(reason: string): ReplicationError {
  return new ReplicationError('ERG_4102', reason);
}

function show(place: LogPlace | undefined): string {
  return place === undefined ? 'no place' : `${place.file}:${place.position}`;
}

/** Files by their number: "order-bin.000003". */
export function comparePlaces(left: LogPlace, right: LogPlace): number {
  return numberOf(left.file) - numberOf(right.file) || left.position - right.position;
}

function numberOf(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1]);
}
