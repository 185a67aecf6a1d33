/**
 * Reads one partition for one owner, from Kafka through kafkajs, and keeps the place in it while Kafka comes and goes.
 *
 * The partition has a consumer group of its own; its assigner gives it to the member with the highest place epoch, so a
 * successor needs nobody's consent. Whoever is not given it leaves and ends (ERG_1203).
 *
 * After every join the gate is shut: fetching is paused, what is committed and what the broker holds are read, and only
 * then reading goes on. The first time the owner says where. Later it is where the last delivery ended, whatever was lost
 * in between: the owner's memory stays valid, nothing is delivered twice or left out. It is not valid any more when
 * somebody else has committed meanwhile, and reading cannot go on when the records are gone; both end the stream.
 *
 * Lost connections are built anew for ever, each as a fresh consumer, with a back-off.
 */
import { randomUUID } from 'node:crypto';
import type { Batch } from 'kafkajs';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { type KafkaAddress, REQUEST_TIMEOUT_MS } from './kafkajs-client.ts';
import { asStreamError } from './kafkajs-errors.ts';
import { GroupMember } from './kafkajs-group-member.ts';
import { KafkajsStreamAdmin } from './kafkajs-stream-admin.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { OffsetRange, PartitionPosition, RecordStream, RecordStreamEvents } from './record-stream.ts';
import { findGap, hasOtherCommitted } from './resume-position.ts';
import { toStreamRecords } from './to-stream-records.ts';
import { withDeadline } from './with-deadline.ts';

export interface RecordStreamOptions {
  readonly address: KafkaAddress;
  readonly position: PartitionPosition;
  /** Generation of the place; the highest one owns the partition. */
  readonly placeEpoch: number;
  /** A member that is silent for so long is out of the group, ms; brokers refuse less than 6 s by default. */
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  /** Within [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly events: RecordStreamEvents;
}

/** Below the second within which an actor has to stop, also when Kafka does not answer. */
const LEAVE_MS = 700;
/** A connection that held for so long was a good one: the back-off starts again. */
const GOOD_AFTER_MS = 10_000;

export class KafkajsRecordStream implements RecordStream {
  readonly #options: RecordStreamOptions;
  readonly #admin: KafkajsStreamAdmin;
  readonly #instance = randomUUID();
  readonly #ready = Promise.withResolvers<void>();
  readonly #leftBehind = new Set<string>();
  #member: GroupMember | undefined;
  #incarnation = 0;
  /** Counts joins; what was begun for an earlier one is void. */
  #generation = 0;
  #failures = 0;
  #openMs = 0;
  #isOwner = false;
  /** The gate: positioned in this generation. */
  #isOpen = false;
  #isPaused = false;
  #answer: Promise<bigint> | undefined;
  #next: bigint | undefined;
  #highestClaim: bigint | undefined;
  #cancelReconnect: (() => void) | undefined;
  #end: ReplicationError | undefined;
  #leaving: Promise<void> | undefined;

  constructor(options: RecordStreamOptions) {
    this.#options = options;
    this.#admin = new KafkajsStreamAdmin({ ...options, deadlineMs: REQUEST_TIMEOUT_MS });
    this.#ready.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  start(): Promise<void> {
    if (this.#incarnation === 0 && this.#end === undefined) {
      this.#openMember();
    }
    return this.#ready.promise;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#isOpen) {
      this.#member?.pause();
    }
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isOpen) {
      this.#member?.resume();
    }
  }

  async commit(offset: bigint, metadata: string): Promise<void> {
    if (this.#end !== undefined) {
      throw this.#end;
    }
    if (!this.#isOpen || this.#member === undefined || this.#next === undefined) {
      throw new ReplicationError('ERG_1205', 'the stream is being connected or positioned');
    }
    if (offset > this.#next) {
      throw new ReplicationError('ERG_1213', `expected a commit of at most ${this.#next}, got ${offset}`);
    }
    this.#claim(offset);
    const late = () => new ReplicationError('ERG_1205', `no answer within ${REQUEST_TIMEOUT_MS} ms`);
    await withDeadline(this.#options.clock, REQUEST_TIMEOUT_MS, this.#member.commit(offset, metadata), late).catch(
      (error: unknown) => {
        throw this.#end ?? asCommitError(error, offset);
      },
    );
  }

  async readEndOffset(): Promise<bigint> {
    const { topic, partition } = this.#options.position;
    return (await this.#admin.readOffsetRange(topic, partition)).end;
  }

  stop(): Promise<void> {
    return this.#close(new ReplicationError('ERG_9001', 'the stream was stopped'));
  }

  #openMember(): void {
    const { placeEpoch } = this.#options;
    this.#incarnation += 1;
    const incarnation = this.#incarnation;
    const member = new GroupMember({
      ...this.#options,
      leftBehind: this.#leftBehind,
      claim: () => ({ placeEpoch, instance: this.#instance, incarnation, owner: this.#isOwner }),
      onJoined: (ownsPartition) => this.#takeJoin(member, ownsPartition),
      onBatch: (batch) => this.#take(batch),
      onLost: (error) => this.#lose(member, error),
    });
    this.#member = member;
    member.open();
  }

  #takeJoin(member: GroupMember, ownsPartition: boolean): void {
    this.#isOpen = false;
    this.#generation += 1;
    if (!ownsPartition) {
      this.#fail(new ReplicationError('ERG_1203', 'the partition belongs to a member with a higher place epoch'));
      return;
    }
    this.#isOwner = true;
    const generation = this.#generation;
    const isCurrent = () => this.#end === undefined && this.#generation === generation && this.#member === member;
    this.#position(member, isCurrent).catch((error: unknown) => {
      if (isCurrent()) {
        this.#lose(member, asStreamError(error, 'find the place to read from'));
      }
    });
  }

  async #position(member: GroupMember, isCurrent: () => boolean): Promise<void> {
    const { position, events } = this.#options;
    const committed = await this.#admin.readCommitted(position);
    const range = await this.#admin.readOffsetRange(position.topic, position.partition);
    if (!isCurrent()) {
      return;
    }
    if (this.#answer === undefined) {
      this.#claim(committed?.offset);
      this.#answer = events.onOwned(committed, range);
      this.#answer.catch((error: unknown) => this.#fail(asReplicationError(error)));
    } else if (hasOtherCommitted(this.#highestClaim, committed)) {
      this.#fail(new ReplicationError('ERG_1203', `another member committed offset ${committed?.offset} meanwhile`));
      return;
    }
    const start = this.#next ?? (await this.#answer);
    if (isCurrent()) {
      this.#open(member, start, range);
    }
  }

  #open(member: GroupMember, start: bigint, range: OffsetRange): void {
    const { log, clock, events } = this.#options;
    const gap = findGap(start, range);
    if (gap !== undefined) {
      this.#fail(new ReplicationError(this.#next === undefined ? 'ERG_1201' : 'ERG_1202', gap));
      return;
    }
    this.#next = start;
    member.seek(start);
    if (this.#member !== member) {
      return; // lost meanwhile; the next one starts here
    }
    this.#isOpen = true;
    this.#openMs = clock.monotonicMs();
    if (!this.#isPaused) {
      member.resume();
    }
    log.event('stream.connected', { offset: String(start), end: String(range.end) });
    events.onWaiting?.(undefined);
    this.#ready.resolve();
  }

  #take(batch: Batch): boolean {
    if (!this.#isOpen || this.#isPaused || this.#next === undefined) {
      return false;
    }
    try {
      const records = toStreamRecords(batch.messages, this.#next);
      // Behind what is not shown too: markers of transactions, and what they aborted.
      this.#next = BigInt(batch.lastOffset()) + 1n;
      this.#options.events.onRecords(records, BigInt(batch.highWatermark));
      return true;
    } catch (error) {
      this.#fail(asReplicationError(error));
      return false;
    }
  }

  #claim(offset: bigint | undefined): void {
    if (offset !== undefined && (this.#highestClaim === undefined || offset > this.#highestClaim)) {
      this.#highestClaim = offset;
    }
  }

  #lose(member: GroupMember, error: ReplicationError): void {
    if (this.#end !== undefined || this.#member !== member) {
      return;
    }
    if (!mayPass(error)) {
      this.#fail(this.#locate(error));
      return;
    }
    const { clock, random, log, events } = this.#options;
    member.cut();
    if (member.memberId !== undefined) {
      this.#leftBehind.add(member.memberId);
    }
    if (this.#isOpen && clock.monotonicMs() - this.#openMs > GOOD_AFTER_MS) {
      this.#failures = 0;
    }
    this.#isOpen = false;
    this.#member = undefined;
    const delayMs = reconnectDelayMs(this.#failures, random());
    this.#failures += 1;
    log.event('stream.reconnecting', { reason: error.message, delayMs });
    events.onWaiting?.(error);
    this.#cancelReconnect = clock.after(delayMs, () => this.#openMember());
  }

  /** Who reads a batch knows neither its partition nor, where it is cut off, its offsets. */
  #locate(error: ReplicationError): ReplicationError {
    if (error.code !== 'ERG_1207') {
      return error;
    }
    const { topic, partition } = this.#options.position;
    const reason = error.message.slice(`${error.code}: `.length);
    const message = `${topic}[${partition}] cannot be read from offset ${this.#next}: ${reason}`;
    return new ReplicationError(error.code, message, { cause: error });
  }

  #fail(error: ReplicationError): void {
    if (this.#end === undefined) {
      const { log, events } = this.#options;
      log.event(error.class === 'fenced' ? 'stream.fenced' : 'stream.failed', { reason: error.message });
      void this.#close(error);
      events.onEnded(error);
    }
  }

  #close(error: ReplicationError): Promise<void> {
    if (this.#leaving === undefined) {
      this.#end = error;
      this.#isOpen = false;
      this.#cancelReconnect?.();
      this.#ready.reject(error);
      this.#leaving = this.#leave();
    }
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    await Promise.all([this.#member?.leave(LEAVE_MS), this.#admin.close()]);
  }
}

/** An offset out of range too: the next member looks at what the broker holds, and then ends by naming the gap. */
function mayPass(error: ReplicationError): boolean {
  return error.class === 'transient' || error.code === 'ERG_1202';
}

function asCommitError(error: unknown, offset: bigint): ReplicationError {
  const coded = asStreamError(error, `commit offset ${offset}`);
  return coded.class === 'transient' && coded.code !== 'ERG_1205'
    ? new ReplicationError('ERG_1205', coded.message, { cause: error })
    : coded;
}
