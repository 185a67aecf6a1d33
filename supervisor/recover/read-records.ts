/** Records of one partition, read once from one offset to another; what came is worked on before more is asked for. */
import type { OffsetRange, RecordStream, RecordStreamEvents, StreamRecord } from '../../actors/stream/record-stream.ts';
import { withDeadline } from '../../actors/stream/with-deadline.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface ReadRecordsOptions {
  readonly open: (events: RecordStreamEvents) => RecordStream;
  /** Both are read. Undefined: nothing of what the broker holds is wanted. */
  readonly choose: (held: OffsetRange) => { readonly from: bigint; readonly to: bigint } | undefined;
  /** @returns false when no more is wanted */
  readonly onRecords: (records: readonly StreamRecord[]) => Promise<boolean>;
  readonly clock: Clock;
}

export interface Reading {
  /** What the broker held when it began. */
  readonly held: OffsetRange;
  /** Nothing came from this offset on, though it was wanted: markers of transactions stand there, or the broker is slow. */
  readonly silentFrom: bigint | undefined;
}

/** A group is joined within a few seconds, unless Kafka is away. */
const START_MS = 30_000;
const SILENT_MS = 15_000;

/** @throws ReplicationError ERG_1204 when Kafka does not answer; as the stream, and as onRecords */
export async function readRecords({ open, choose, onRecords, clock }: ReadRecordsOptions): Promise<Reading> {
  let came = Promise.withResolvers<readonly StreamRecord[] | undefined>();
  let wanted: ReturnType<typeof choose>;
  let held: OffsetRange = { earliest: 0n, end: 0n };
  const stream = open({
    onOwned: async (_committed, range) => {
      held = range;
      wanted = choose(range);
      return wanted?.from ?? range.end;
    },
    onRecords: (records) => {
      if (records.length > 0) {
        stream.pause();
        came.resolve(records);
      }
    },
    onEnded: (error) => {
      came.promise.catch(() => {}); // it may be told to nobody any more
      came.reject(error);
    },
  });
  try {
    await withDeadline(
      clock,
      START_MS,
      stream.start(),
      () => new ReplicationError('ERG_1204', `no answer in ${START_MS} ms`),
    );
    let next = wanted?.from ?? 0n;
    while (wanted !== undefined && next <= wanted.to) {
      const records = await orSilence(came.promise, clock);
      if (records === undefined) {
        return { held, silentFrom: next };
      }
      came = Promise.withResolvers();
      const { to } = wanted;
      next = (records.at(-1)?.offset ?? to) + 1n;
      if (!(await onRecords(records.filter(({ offset }) => offset <= to)))) {
        break;
      }
      stream.resume();
    }
    return { held, silentFrom: undefined };
  } finally {
    await stream.stop();
  }
}

function orSilence<T>(coming: Promise<T>, clock: Clock): Promise<T | undefined> {
  const silence = Promise.withResolvers<undefined>();
  const cancel = clock.after(SILENT_MS, () => silence.resolve(undefined));
  return Promise.race([coming, silence.promise]).finally(cancel);
}
