/**
 * Nobody is accused while something may be on its way: a suspect is looked at again when the capture has published everything
 * that the source had committed, and the sink has committed everything that was published then. Where nobody tells how far
 * one of the two is, or both are, the delay is waited for once more instead. What still differs, in the same way, is a mismatch.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { RowDifference, RowVerdict, RowWitness } from '../row/row-witness.ts';
import { Pause } from '../runtime/pause.ts';
import type { SourceMarks } from '../source/source-marks.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { CheckSettler } from './check-settler.ts';
import { judgeSecondLook, type ProofOutcome } from './judge-second-look.ts';
import type { SinkView } from './sink-view.ts';
import type { SourceSilence } from './source-silence.ts';
import type { StreamEnd } from './stream-end.ts';
import type { ReportedRow, Suspect } from './suspect.ts';
import type { VerifierProgress } from './verifier-progress.ts';
import { type ViewSettings, viewRow } from './view-row.ts';

export interface ProverOptions {
  readonly partition: number;
  readonly topicEpoch: number;
  readonly settings: ViewSettings;
  /** Waited for once more, where nobody can tell how far the stream is, and where nobody can tell how far the target is. */
  readonly delayMs: number;
  readonly rowsPerRead: number;
  readonly witness: RowWitness;
  readonly marks: SourceMarks;
  readonly sink: SinkView;
  readonly end: StreamEnd;
  readonly settler: CheckSettler;
  readonly progress: VerifierProgress;
  readonly silence: SourceSilence;
  readonly onProved: (rows: readonly ReportedRow[]) => void;
  /** It cannot be told now. */
  readonly onUnread: (suspect: Suspect, error: ReplicationError) => void;
  /** There is room for more. */
  readonly onRoom: () => void;
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Suspects of one proof. */
const MOST_ROWS = 5_000;
const POLL_MS = 250;
/** A proof usually takes about a second. */
const LONG_MS = 30_000;

export class Prover {
  readonly #options: ProverOptions;
  readonly #pause: Pause;
  readonly #waiting = new Map<string, Suspect>();
  #proving = 0;
  #running: Promise<void> | undefined;
  #waitsFor: { readonly what: string; readonly sinceMs: number } | undefined;
  #isStopped = false;

  constructor(options: ProverOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  get rows(): number {
    return this.#waiting.size + this.#proving;
  }

  /** What a proof has waited for, for long; undefined otherwise. */
  get blocked(): string | undefined {
    const { clock } = this.#options;
    return this.#waitsFor !== undefined && clock.monotonicMs() - this.#waitsFor.sinceMs >= LONG_MS
      ? new ReplicationError('ERG_4006', this.#waitsFor.what).message
      : undefined;
  }

  add(suspect: Suspect): void {
    const id = `${suspect.row.shard}/${suspect.row.rowKey}`;
    const known = this.#waiting.get(id);
    const checks = [...(known?.checks ?? []), ...suspect.checks];
    this.#waiting.set(id, { ...suspect, checks });
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#running;
  }

  #start(): void {
    if (this.#isStopped || this.#running !== undefined) {
      return;
    }
    this.#running = this.#run()
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#running = undefined;
        this.#proving = 0;
        if (this.#waiting.size > 0) {
          this.#start();
        }
        this.#options.onRoom();
      });
  }

  async #run(): Promise<void> {
    await undefined; // what is added in the same moment is proved together
    const suspects = [...this.#waiting].slice(0, MOST_ROWS);
    for (const [id] of suspects) {
      this.#waiting.delete(id);
    }
    this.#proving = suspects.length;
    const provedBelow = await this.#untilArrived();
    const { rowsPerRead } = this.#options;
    for (let at = 0; at < suspects.length && !this.#isStopped; at += rowsPerRead) {
      await this.#lookAgain(
        suspects.slice(at, at + rowsPerRead).map(([, suspect]) => suspect),
        provedBelow,
      );
    }
  }

  /** @returns the offset below which everything has arrived */
  async #untilArrived(): Promise<number> {
    const { marks, delayMs, end, sink, clock } = this.#options;
    this.#waitsFor = {
      what: 'the capture has not published all that the source had committed',
      sinceMs: clock.monotonicMs(),
    };
    const mark = await this.#retry(() => marks.take());
    if (mark !== undefined) {
      await this.#until(() => mark.isPublished());
    } else if (sink.isThere) {
      await this.#waitOut(delayMs);
    }
    this.#waitsFor = { what: 'the sink has not committed all that was published', sinceMs: clock.monotonicMs() };
    const below = (await this.#retry(() => end.refresh())) ?? 0;
    await (sink.isThere ? this.#until(() => sink.hasPassed(below)) : this.#waitOut(delayMs));
    this.#waitsFor = undefined;
    return below;
  }

  /** It is meant to take so long: nothing is late. */
  async #waitOut(ms: number): Promise<void> {
    this.#waitsFor = undefined;
    await this.#pause.wait(ms);
  }

  async #until(isReached: () => Promise<boolean>): Promise<void> {
    while (!this.#isStopped && (await this.#retry(isReached)) !== true) {
      await this.#pause.wait(POLL_MS);
    }
  }

  /** @returns undefined when it was stopped */
  async #retry<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; !this.#isStopped; failures += 1) {
      try {
        return await work();
      } catch (thrown) {
        const error = asReplicationError(thrown);
        if (error.class === 'bug' || error.class === 'fenced') {
          throw error;
        }
        this.#options.silence.saw(error, this.#proving);
        this.#waitsFor = { what: error.message, sinceMs: this.#waitsFor?.sinceMs ?? this.#options.clock.monotonicMs() };
        await this.#pause.wait(reconnectDelayMs(failures, this.#options.random()));
      }
    }
    return undefined;
  }

  async #lookAgain(suspects: readonly Suspect[], provedBelow: number): Promise<void> {
    const { sink, onUnread, witness, progress, end } = this.#options;
    const asked = suspects.filter((suspect) => {
      const { shard } = suspect.row;
      const leftOut = sink.findLeftOut({ shard, table: suspect.change.table.name }, provedBelow - 1);
      if (leftOut !== undefined) {
        onUnread(suspect, new ReplicationError('ERG_4003', `the sink has left out ${shard} from ${leftOut.from} on`));
      }
      return leftOut === undefined;
    });
    progress.sawReads('source', asked.length);
    const verdicts = asked.length === 0 ? [] : await witness.look(asked.map(({ row }) => row));
    await end.reach(verdicts.map((verdict) => this.#versionOf(verdict)));
    if (this.#isStopped) {
      return;
    }
    this.#options.onProved(
      asked.flatMap((suspect, index) => {
        const verdict = verdicts[index];
        return verdict === undefined ? [] : this.#take(suspect, verdict, provedBelow);
      }),
    );
  }

  #versionOf(verdict: RowVerdict): string | null {
    const actual = verdict.kind === 'different' ? verdict.actual : null;
    return actual === null ? null : viewRow(actual, this.#options.settings).version;
  }

  #take(suspect: Suspect, verdict: RowVerdict, provedBelow: number): readonly ReportedRow[] {
    const { end } = this.#options;
    const outcome = judgeSecondLook(verdict, {
      seen: suspect.seen,
      version: this.#versionOf(verdict),
      provedSeq: end.seqOf(provedBelow),
      endSeq: end.seq,
      rounds: suspect.rounds,
    });
    if (outcome === 'mismatch' && verdict.kind === 'different') {
      const { checks } = suspect;
      const error = this.#findExcuse(suspect, verdict, provedBelow);
      if (error === undefined) {
        return [{ mismatch: this.#accuse(suspect, verdict, provedBelow), checks, outcome: 'mismatches' }];
      }
      this.#options.onUnread(suspect, error);
      return [];
    }
    this.#close(suspect, verdict, outcome);
    return [];
  }

  /** A row that moved is deleted where it was only when it is where it belongs: that shard may be left out. */
  #findExcuse({ change }: Suspect, { mismatch }: RowDifference, provedBelow: number): ReplicationError | undefined {
    const anywhere = { shard: '*', table: change.table.name };
    const leftOut = mismatch === 'extra' ? this.#options.sink.findLeftOut(anywhere, provedBelow - 1) : undefined;
    return (
      leftOut && new ReplicationError('ERG_4003', `the sink has left out ${leftOut.shard}, where the row may belong`)
    );
  }

  #close(suspect: Suspect, verdict: RowVerdict, outcome: ProofOutcome): void {
    const { settler, onUnread } = this.#options;
    if (verdict.kind === 'unreadable') {
      onUnread(suspect, verdict.error);
    } else if (outcome === 'again' && verdict.kind === 'different') {
      this.add({ ...suspect, seen: verdict, rounds: suspect.rounds + 1 });
    } else {
      settler.finish(suspect.checks, outcome === 'equal' ? 'equal' : 'superseded');
    }
  }

  #accuse({ row, change }: Suspect, verdict: RowDifference, provedBelow: number): Mismatch {
    const { topicEpoch, partition } = this.#options;
    const { mismatch: kind, columns, sourceDigest, targetDigest } = verdict;
    const commitTimeMs = change.commitTime === null ? null : Math.floor(parseUtc(change.commitTime));
    const evidence = { topicEpoch, partition, offset: String(provedBelow - 1), commitTimeMs };
    return { row, kind, columns, sourceDigest, targetDigest, evidence, foundBy: 'verifier' };
  }
}
