/**
 * A recovery actor in memory, with a world that it sees and repairs: rows of one shard, each right or wrong. Time stands still
 * until a test moves it. An actor can be killed at any step: from then on nothing of it moves.
 */
import { createRecoveryActor } from '../../actors/recovery/recovery-actor.ts';
import type { FindingReader, RecoveryDeps } from '../../actors/recovery/recovery-deps.ts';
import type { RowVerdict } from '../../actors/row/row-witness.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import type { Answer, MessageBus } from '../../actors/runtime/message-bus.ts';
import type { CaseState } from '../../actors/state/case.ts';
import type { CaseStore } from '../../actors/state/case-store.ts';
import { findCell } from '../../protocol/change/row-image.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { recoveryJob, sinkJob } from '../../protocol/message/job.ts';
import type { ClearedRow, RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { facts } from './build-case.ts';
import { ManualClock } from './manual-clock.ts';
import { type MemoryBus, MemoryNetwork } from './memory-bus.ts';
import { MemoryCaseStore } from './memory-case-store.ts';
import { anImage } from './sink-builders.ts';
import { withheld } from './withheld-store.ts';

const SUBJECTS = buildSubjects('test');
const PIPELINE = 'orders';

/** Undefined: there is no such row. */
export interface WorldRow {
  readonly source: string | undefined;
  readonly target: string | undefined;
}

export const WRONG: WorldRow = { source: 'new', target: 'old' };

export type Fate = 'done' | 'failed' | 'refused' | 'moving' | 'unanswered' | 'lost';

export interface RigOptions extends Partial<Pick<RecoveryDeps, 'apply'>> {
  readonly rules?: Partial<RecoveryDeps['rules']>;
  readonly records?: FindingReader;
  /** Instead of the ones in memory. */
  readonly cases?: CaseStore;
  /** Instead of one that the test moves. */
  readonly clock?: Clock;
  /** Default 0. */
  readonly partition?: number;
  /** In which partition the changes of a row are, by its id; default: that of the actor. */
  readonly partitionOf?: (id: string) => number;
  /** How long the sink takes for a repair. */
  readonly repairMs?: number;
}

interface Incarnation {
  readonly actor: Actor;
  readonly bus: MemoryBus;
  isDead: boolean;
}

export class RecoveryRig {
  readonly clock = new ManualClock();
  /** Of the clock of the state database against that of the actor. */
  aheadMs = 0;
  readonly store = new MemoryCaseStore(() => this.clock.wallMs() + this.aheadMs);
  readonly rows = new Map<string, WorldRow>();
  readonly #clock: Clock;
  readonly #network: MemoryNetwork;
  readonly #verifierBus: MessageBus;
  readonly #sinkBus: MemoryBus;
  readonly #options: RigOptions;
  readonly #partition: number;
  readonly #asked = new Map<string, Set<string>>();
  readonly requests: RepairRequest[] = [];
  /** Rows that were asked for while the same actor was waiting for their repair. */
  readonly overlaps: string[] = [];
  /** What becomes of a look at a row, and of a request; told by the test. */
  verdictOf: (rowKey: string) => 'true' | 'moving' | 'unreadable' = () => 'true';
  fateOf: (request: RepairRequest) => Fate = () => 'done';
  codeOf: (fate: 'failed' | 'refused') => ErrorCode = (fate) => (fate === 'failed' ? 'ERG_3002' : 'ERG_3301');
  /** Steps at which the actor is killed; called for each. */
  isKilledAt: (step: string) => boolean = () => false;
  refusal: ReplicationError | undefined;
  #epoch = 0;
  #now: Incarnation | undefined;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? this.clock;
    this.#network = new MemoryNetwork(this.#clock);
    this.#verifierBus = this.#network.open('verifier', silentLogger);
    this.#sinkBus = this.#network.open('sink', silentLogger);
    this.#partition = options.partition ?? 0;
    this.#sinkBus.serve(SUBJECTS.actorCommand(sinkJob(PIPELINE, this.#partition).name, 'repair'), (message) =>
      this.#repair(message.sender, message.body as RepairRequest),
    );
  }

  static async start(options: RigOptions = {}): Promise<RecoveryRig> {
    const rig = new RecoveryRig(options);
    rig.spawn();
    await rig.pass(1);
    return rig;
  }

  /** Of the open cases. */
  get states(): readonly CaseState[] {
    return [...this.store.open.values()].map(({ state }) => state);
  }

  /** @returns how it was answered */
  async reportWrong(keys: readonly string[], row = WRONG): Promise<string> {
    for (const key of keys) {
      this.rows.set(key, row);
    }
    return await this.report(keys.map((key) => aMismatch(key, row)));
  }

  get actor(): Actor {
    return (this.#now ?? this.spawn()).actor;
  }

  get isAlive(): boolean {
    return this.#now?.isDead === false;
  }

  get detail() {
    const { detail } = this.actor.status();
    if (detail.kind !== 'recovery') {
      throw new Error('expected a recovery actor');
    }
    return detail;
  }

  /** A new place; the one before lives on if it was not killed. */
  spawn(): Incarnation {
    this.#epoch += 1;
    const { apply = true, rules = {}, records, cases = this.store, partitionOf } = this.#options;
    const bus = this.#network.open(`recovery-${this.#epoch}`, silentLogger);
    const incarnation: { actor?: Actor; bus: MemoryBus; isDead: boolean } = { bus, isDead: false };
    const actor = createRecoveryActor({
      pipeline: PIPELINE,
      partition: this.#partition,
      placeEpoch: this.#epoch,
      environment: 'test',
      topicEpoch: 0,
      apply,
      rules: { ...facts().settings, ...rules },
      bus,
      cases: withheld(cases, () => incarnation.isDead),
      witness: { look: async (rows) => rows.map(({ rowKey }) => this.#look(rowKey)) },
      records: records ?? { nameRows: async () => [] },
      findPartition: async (_, image) => partitionOf?.(String(findCell(image, 'id'))) ?? this.#partition,
      gateOf: () => ({
        refusal: this.refusal,
        known: Promise.resolve(),
        sawSuccess: () => {},
        sawSilence: () => {},
        sawFailure: () => {},
        onOpen: () => ({ [Symbol.dispose]: () => {} }),
      }),
      clock: this.#clock,
      logger: silentLogger,
      random: () => 0.5,
      failpoint: (step) => this.#meet(incarnation, step),
    });
    this.#now = Object.assign(incarnation, { actor });
    actor.start().catch(() => {});
    return this.#now;
  }

  /** Moves the time by seconds, one by one, and lets everything happen that can. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.clock.advance(1_000);
      await settle();
    }
  }

  async passUntil(isTrue: () => boolean, seconds: number): Promise<boolean> {
    for (let second = 0; second < seconds && !isTrue(); second += 1) {
      await this.pass(1);
    }
    return isTrue();
  }

  /** @returns how it was answered, or why not */
  async report(mismatches: readonly Mismatch[], cleared: readonly ClearedRow[] = []): Promise<string> {
    return await this.ask({ mismatches, cleared });
  }

  async ask(body: unknown): Promise<string> {
    const subject = SUBJECTS.actorCommand(recoveryJob(PIPELINE, this.#partition).name, 'report');
    const message = { type: 'recovery.report', id: 'r', epoch: 0, body };
    try {
      return (await this.#verifierBus.request(subject, message, 2_000)).code;
    } catch (error) {
      return asReplicationError(error).code;
    }
  }

  cutSink(): void {
    void this.#sinkBus.close();
  }

  #look(rowKey: string): RowVerdict {
    switch (this.verdictOf(rowKey)) {
      case 'moving':
        return { kind: 'moving' };
      case 'unreadable':
        return { kind: 'unreadable', error: new ReplicationError('ERG_3001', 'the shard cannot be reached') };
      default: {
        const { source = null, target = null } = this.rows.get(rowKey) ?? {};
        const imageOf = (name: string | null) => (name === null ? null : anImage({ id: rowKey }));
        return source === target
          ? { kind: 'equal', digest: source }
          : { ...differenceOf(source, target), expected: imageOf(source), actual: imageOf(target) };
      }
    }
  }

  async #repair(sender: string, request: RepairRequest): Promise<Answer> {
    const { rowKey } = request.row;
    const asked = this.#asked.get(sender) ?? new Set();
    if (asked.has(rowKey)) {
      this.overlaps.push(rowKey);
    }
    this.requests.push(request);
    this.#asked.set(sender, asked.add(rowKey));
    const fate = this.fateOf(request);
    const answer = this.#act(rowKey, request, fate);
    const isSilent = fate === 'lost' || fate === 'unanswered';
    const takesMs = isSilent ? 14_999 : (this.#options.repairMs ?? 500);
    await new Promise<void>((resolve) => this.#clock.after(takesMs, resolve));
    asked.delete(rowKey);
    if (isSilent) {
      await new Promise(() => {});
    }
    return { code: 'OK', message: '', maxEpoch: 0, body: answer };
  }

  #act(rowKey: string, { mayDelete }: RepairRequest, fate: Fate): RepairAnswer {
    const { source, target } = this.rows.get(rowKey) ?? { source: undefined, target: undefined };
    const answer = { message: '', columns: [], targetDigest: target ?? null, sourceDigest: source ?? null };
    if (fate === 'failed' || fate === 'refused') {
      const code = this.codeOf(fate);
      return { ...answer, outcome: fate, code, message: `${code}: ${fate}` };
    }
    if (fate === 'moving' || fate === 'unanswered' || source === target) {
      return { ...answer, outcome: source === target ? 'equal' : 'moving' };
    }
    if (source === undefined && !mayDelete) {
      return { ...answer, outcome: 'extra' };
    }
    this.rows.set(rowKey, { source, target: source });
    return { ...answer, outcome: source === undefined ? 'deleted' : 'written', seq: '150', before: { id: rowKey } };
  }

  async #meet(incarnation: { isDead: boolean; bus: MemoryBus }, step: string): Promise<void> {
    if (!incarnation.isDead && this.isKilledAt(step)) {
      incarnation.isDead = true;
      void incarnation.bus.close();
    }
    if (incarnation.isDead) {
      await new Promise(() => {});
    }
  }
}

export function aRow(key: string): RowName {
  return { table: 'orders', shard: 's0', rowKey: key, targetKey: [['id', key]], sourceKey: [['id', key]] };
}

export function aMismatch(key: string, { source, target }: WorldRow, offset = 100, partition = 0): Mismatch {
  return {
    row: aRow(key),
    kind: differenceOf(source ?? null, target ?? null).mismatch,
    columns: source === undefined || target === undefined ? [] : ['name'],
    sourceDigest: source ?? null,
    targetDigest: target ?? null,
    evidence: { topicEpoch: 0, partition, offset: String(offset), commitTimeMs: 1 },
    foundBy: 'verifier',
  };
}

/** Everything that waits for nothing but promises has happened afterwards. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function differenceOf(source: string | null, target: string | null) {
  const mismatch = target === null ? 'missing' : source === null ? 'extra' : 'different';
  return {
    kind: 'different',
    mismatch,
    columns: mismatch === 'different' ? ['name'] : [],
    sourceDigest: source,
    targetDigest: target,
  } as const;
}
