/**
 * A drill: real servers, real ergate processes, real load. The test kills what it likes, and `finish()` judges the run with
 * checkers that ask the servers only. Everything ends with the test, however it ends; when it fails, the logs are kept.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGenerator } from '../../../deploy/banana/load-generator.ts';
import type { LoadReport } from '../../../deploy/banana/load-report.ts';
import type { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import type { ServerProcess } from '../../../deploy/local/server-process.ts';
import type { BreakerDetail, ParkedDetail, SinkDetail } from '../../../protocol/message/actor-status.ts';
import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { type CompareResult, compareAll } from '../../compare/compare-all.ts';
import { isEqual } from '../../compare/compare-table.ts';
import { checkCounts, haveToldAll } from './check-counts.ts';
import type { DrillProcesses } from './drill-processes.ts';
import { type DrillStack, endpointOf } from './drill-stack.ts';
import { PIPELINES } from './expected-places.ts';
import { hasRowsSince } from './has-rows-since.ts';
import { type OffsetSample, partitionName, type Violation } from './history.ts';
import { isVerified } from './is-verified.ts';
import { type Judgement, judgeRun } from './judge-run.ts';
import type { OffsetWatch } from './offset-watch.ts';
import type { StatusWatch } from './status-watch.ts';

export interface DrillParts {
  /** How many there are. */
  readonly jobs?: number | undefined;
  readonly random: SeededRandom;
  readonly topic: string;
  readonly stack: DrillStack;
  readonly processes: DrillProcesses;
  readonly load: LoadGenerator;
  readonly offsets: OffsetWatch;
  readonly status: StatusWatch;
  /** Tells what happens, with the time, in the log of the drill. */
  readonly tell: (message: string) => void;
}

export interface DrillReport extends Judgement {
  readonly load: LoadReport;
  /** Tables that are not equal, as the independent comparison sees them. */
  readonly differing: CompareResult['tables'];
}

export const SERVER_NAMES = ['order', 'seller0', 'seller1', 'settlement', 'state', 'nats', 'kafka'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** One capture, and a sink for each of four partitions of two pipelines. */
const JOBS = 9;
const LOOK_EVERY_MS = 100;
const TOLD_VIOLATIONS = 100;
/** A guess with room for a machine that is busy with other things. */
const RECOVER_WITHIN_MS = 60_000;

export class Drill {
  readonly random: SeededRandom;
  readonly stack: DrillStack;
  readonly processes: DrillProcesses;
  readonly #parts: DrillParts;
  #rewoundAt: OffsetSample['places'] | undefined;

  constructor(parts: DrillParts) {
    this.random = parts.random;
    this.stack = parts.stack;
    this.processes = parts.processes;
    this.#parts = parts;
  }

  /** What the supervisor said last; undefined while it does not answer. */
  get status(): SupervisorStatus | undefined {
    return this.#parts.status.latest;
  }

  /** In the log of the drill. */
  tell(message: string): void {
    this.#parts.tell(message);
  }

  isEverythingRunning(): boolean {
    return this.status?.summary.running === (this.#parts.jobs ?? JOBS);
  }

  /** Undefined while it does not run, as far as is known. */
  nodeOf(job: string): string | undefined {
    const found = this.status?.jobs.find((one) => one.job.name === job);
    return found?.state === 'running' ? found.node : undefined;
  }

  /** Each actor with its node, its place epoch and its restarts there. */
  describePlaces(): readonly string[] {
    return (this.status?.jobs ?? []).map(
      ({ job, node, placeEpoch, restarts }) => `${job.name} on ${node}, epoch ${placeEpoch}, ${restarts} restarts`,
    );
  }

  shuffle<Choice>(choices: readonly Choice[]): readonly Choice[] {
    return choices
      .map((choice) => ({ choice, place: this.random.next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ choice }) => choice);
  }

  get committedChanges(): number {
    return this.#parts.load.report().changes;
  }

  /** The signal of a power cut, unless another is given. What ends is started again after two seconds. */
  kill(process: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#parts.tell(`kill -${signal} ${process}`);
    this.processes.signal(process, signal);
  }

  /** Kills a process that stays down until it is started. */
  async killForGood(process: string): Promise<void> {
    this.kill(process);
    await this.processes.get(process).stop(0);
  }

  /** Of the sinks of a pipeline: what they leave out now. */
  listLeftOut(pipeline: string): readonly ParkedDetail[] {
    return this.#listSinks(pipeline).flatMap(({ parked }) => parked);
  }

  /** As the nodes see them: those that are not simply closed. */
  listBreakers(pipeline: string): readonly BreakerDetail[] {
    const all = (this.status?.nodes ?? []).flatMap(({ breakers = [] }) => breakers);
    return all.filter((breaker) => breaker.pipeline === pipeline);
  }

  #listSinks(pipeline: string): readonly SinkDetail[] {
    return (this.status?.jobs ?? []).flatMap(({ job, report }) => {
      const detail = report?.status.detail;
      return job.kind === 'sink' && job.pipeline === pipeline && detail?.kind === 'sink' ? [detail] : [];
    });
  }

  async killServer(name: ServerName): Promise<void> {
    this.#parts.tell(`kill -9 ${name}`);
    await this.#serverOf(name).killHard();
  }

  async startServer(name: ServerName): Promise<void> {
    await this.#serverOf(name).start();
    this.#parts.tell(`${name} answers again`);
  }

  /** It keeps its connections and answers nobody. */
  freezeServer(name: ServerName): void {
    this.#parts.tell(`kill -SIGSTOP ${name}`);
    process.kill(this.#serverOf(name).pid, 'SIGSTOP');
  }

  thawServer(name: ServerName): void {
    process.kill(this.#serverOf(name).pid, 'SIGCONT');
    this.#parts.tell(`${name} goes on`);
  }

  /** @throws Error when it has not come true in time; it says what was waited for */
  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = RECOVER_WITHIN_MS): Promise<void> {
    const startMs = performance.now();
    while (!(await isTrue())) {
      if (performance.now() - startMs > withinMs) {
        throw new Error(`waited ${withinMs / 1_000} s in vain: ${what}\n${describeJobs(this.status)}`);
      }
      await sleep(LOOK_EVERY_MS);
    }
    this.#parts.tell(`${what} (${Math.round(performance.now() - startMs)} ms)`);
  }

  /** A random moment, counted in changes that the load commits. */
  async untilRandomMoment(minChanges = 200, maxChanges = 1_200): Promise<void> {
    const from = this.committedChanges;
    const changes = minChanges + this.random.below(maxChanges - minChanges);
    await this.until(`${changes} more changes at the source`, () => this.committedChanges >= from + changes);
  }

  /**
   * The whole way is open again: what the source commits from now on reaches these targets. Needs the load.
   * Looked up by the time that the load stamps on every row that it writes.
   */
  async untilArriving(targets: readonly string[] = ['seller0', 'seller1', 'settlement']): Promise<void> {
    const fromMs = Date.now();
    const missing = this.stack.targets.filter(({ name }) => targets.includes(name));
    await this.until(`new changes arrive at ${targets.join(', ')}`, async () => {
      const [next] = missing;
      if (next !== undefined && (await hasRowsSince(next, fromMs))) {
        missing.shift();
      }
      return missing.length === 0;
    });
  }

  /** New changes arrive everywhere, and nothing of before is missing. */
  async untilWhole(): Promise<void> {
    await this.untilArriving();
    await this.untilCaughtUp();
  }

  /** Every sink has committed all that is in the stream now. */
  async untilCaughtUp(): Promise<void> {
    const { ends } = await this.#parts.offsets.look();
    await this.until('every sink has committed what was in the stream', () => this.#hasPassed(ends));
  }

  /** The offset below which no sink of the pipeline writes anything again, whatever is killed. @throws Error when Kafka is away */
  async settledBelow(pipeline: string): Promise<number> {
    const { committed, ends } = await this.#parts.offsets.look();
    return Math.min(...[...ends.keys()].map((partition) => committed.get(partitionName(pipeline, partition)) ?? 0));
  }

  /** Every verifier has come to the end of what is in the stream now, and nothing is left unverified but for such reasons. */
  async untilVerified(withinMs?: number, mayStay?: (reason: string) => boolean): Promise<void> {
    const { ends } = await this.#parts.offsets.look();
    const isDone = () => isVerified(this.status, ends, mayStay);
    await this.until('all that was in the stream is verified', isDone, withinMs);
  }

  /** Sets every sink back, as an operator would: with all processes ended. They are started again. */
  async rewind(setBack: (committed: number) => number): Promise<void> {
    const { offsets, tell } = this.#parts;
    const names = this.processes.names;
    tell(`ended: ${(await this.processes.stop()).map((end) => end.join(' ')).join(', ')}`);
    const { places } = await offsets.rewind(setBack);
    this.#rewoundAt ??= places;
    tell('offsets were set back');
    for (const name of names) {
      this.processes.start(name);
    }
  }

  async stopLoad(): Promise<void> {
    await this.#parts.load.stop();
    this.#parts.tell(`load stopped after ${this.committedChanges} changes`);
  }

  /** Everything is at the targets, and committed; the load must be stopped. */
  async untilDrained(): Promise<CompareResult> {
    const compare = await compareAll({ endpoints: this.stack.endpoints, waitMs: RECOVER_WITHIN_MS });
    this.#parts.tell(`source and targets ${compare.equal ? 'are equal' : 'DIFFER'}`);
    await this.untilCaughtUp();
    return compare;
  }

  /** Stops the load, waits by its own look until nothing is on its way, and judges the run. */
  async finish(): Promise<DrillReport> {
    await this.stopLoad();
    const compare = await this.untilDrained();
    const untold = await this.#judgeCounts();
    const { violations, ...judgement } = await this.judge();
    const differing = compare.tables.filter((table) => !isEqual(table));
    return { ...judgement, violations: [...violations, ...untold], differing, load: this.#parts.load.report() };
  }

  async #judgeCounts(): Promise<readonly Violation[]> {
    const { ends } = await this.#parts.offsets.look();
    await this.until('every sink has told what became of it', () => haveToldAll(this.status, ends));
    return checkCounts(this.status);
  }

  /** What the checkers say of everything up to now. */
  async judge(): Promise<Judgement> {
    const { offsets, stack, status, topic, tell } = this.#parts;
    await offsets.look();
    const judgement = await judgeRun({
      brokers: stack.servers.kafka.brokers,
      topic,
      targets: stack.targets,
      state: endpointOf(stack.servers.state),
      samples: offsets.samples,
      restarted: status.restarted,
      rewoundAt: this.#rewoundAt,
    });
    const { violations, ...counts } = judgement;
    tell(`judged: ${violations.length} violations, ${JSON.stringify(counts)}`);
    for (const { invariant, message } of violations.slice(0, TOLD_VIOLATIONS)) {
      tell(`  ${invariant} ${message}`);
    }
    return judgement;
  }

  #hasPassed(ends: OffsetSample['ends']): boolean {
    const committed = this.#parts.offsets.samples.at(-1)?.committed;
    return PIPELINES.every((pipeline) =>
      [...ends].every(([partition, end]) => (committed?.get(partitionName(pipeline, partition)) ?? 0) >= end),
    );
  }

  #serverOf(name: ServerName): ServerProcess {
    return this.stack.servers[name];
  }
}

export function describeJobs(status: SupervisorStatus | undefined): string {
  return status === undefined
    ? 'the supervisor did not answer'
    : status.jobs.map(({ job, state, node, reason }) => `${job.name} ${state} on ${node}: ${reason ?? ''}`).join('\n');
}
