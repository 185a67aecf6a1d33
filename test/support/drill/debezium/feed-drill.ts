/**
 * A source whose changes a real Debezium connector brings to Kafka, and real ergate processes that read them in the format
 * `debezium`. Judged by the independent comparison, by the findings, and by what the feed is seen to have had in it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { LoadGenerator } from '../../../../deploy/banana/load-generator.ts';
import type { SeededRandom } from '../../../../deploy/banana/seeded-random.ts';
import type { ConnectWorker } from '../../../../deploy/fixtures/connect-worker.ts';
import { compareAll } from '../../../compare/compare-all.ts';
import { compareTable, isEqual, type TableResult } from '../../../compare/compare-table.ts';
import { Snapshot } from '../../../compare/table-scan.ts';
import { describeJobs } from '../drill.ts';
import type { DrillProcesses } from '../drill-processes.ts';
import { type DrillStack, endpointOf, runAll } from '../drill-stack.ts';
import { hasRowsSince } from '../has-rows-since.ts';
import { openKafka } from '../read-stream.ts';
import type { StatusWatch } from '../status-watch.ts';
import type { FeedChoice } from './feed-choice.ts';
import { buildConnectorSettings, TOPIC_OF_PIPELINE } from './feed-settings.ts';
import { type FeedTally, tallyFeed } from './feed-tally.ts';
import type { TypeWriter } from './type-writer.ts';

export interface FeedDrillParts {
  readonly choice: FeedChoice;
  readonly random: SeededRandom;
  readonly stack: DrillStack;
  readonly connect: ConnectWorker;
  readonly processes: DrillProcesses;
  readonly load: LoadGenerator;
  readonly types: TypeWriter;
  readonly status: StatusWatch;
  readonly environment: string;
  readonly tell: (message: string) => void;
}

export interface FeedReport {
  readonly choice: FeedChoice;
  /** Tables that are not equal, as the independent comparison sees them. */
  readonly differing: readonly TableResult[];
  readonly comparedRows: Readonly<Record<string, number>>;
  /** Those that say that something is wrong. */
  readonly findings: readonly string[];
  readonly feed: FeedTally;
  readonly sourceChanges: number;
  /** Answers of the source that the load did not expect. */
  readonly surprises: number;
}

const CONNECTOR = 'order';
const LOOK_EVERY_MS = 200;
/** A guess with room for a machine that is busy with other things: two JVMs and five servers run beside the drill. */
const WITHIN_MS = 240_000;
const ALL_TARGETS = ['seller0', 'seller1', 'settlement'];
const SHOWN_FINDINGS = 10;

export class FeedDrill {
  readonly random: SeededRandom;
  readonly #parts: FeedDrillParts;

  constructor(parts: FeedDrillParts) {
    this.random = parts.random;
    this.#parts = parts;
  }

  get committedChanges(): number {
    return this.#parts.load.report().changes + this.#parts.types.changes;
  }

  async connectSource(): Promise<void> {
    const { choice, connect, stack, tell } = this.#parts;
    const broker = stack.servers.kafka.brokers[0] ?? '';
    await connect.putConnector(CONNECTOR, buildConnectorSettings(choice, stack.endpoints.source, broker));
    tell('the connector is known to the worker');
  }

  /** Commits at the source go on; what they change reaches all targets. */
  async untilArriving(): Promise<void> {
    const fromMs = Date.now();
    const missing = this.#parts.stack.targets.filter(({ name }) => ALL_TARGETS.includes(name));
    await this.#until('new changes arrive at all targets', async () => {
      const [next] = missing;
      if (next !== undefined && (await hasRowsSince(next, fromMs))) {
        missing.shift();
      }
      return missing.length === 0;
    });
  }

  async untilRandomMoment(): Promise<void> {
    const until = this.committedChanges + 300 + this.random.below(900);
    await this.#until('some more changes at the source', async () => this.committedChanges >= until);
  }

  /** kill -9: its offsets are older than what it sent. */
  async killConnect(): Promise<void> {
    await this.#parts.connect.killHard();
    this.#parts.tell('kill -9 connect');
  }

  /** A row that was read by a snapshot and deleted before the next one began is in no record: Debezium's, not ours. */
  async untilPastSnapshot(): Promise<void> {
    await this.#until('the connector has noted the end of its snapshot', () =>
      this.#parts.connect.isPastSnapshot(CONNECTOR).catch(() => false),
    );
  }

  async startConnect(): Promise<void> {
    await this.#parts.connect.start();
    this.#parts.tell('connect answers again');
  }

  killNode(name: string): void {
    this.#parts.tell(`kill -9 ${name}`);
    this.#parts.processes.signal(name, 'SIGKILL');
  }

  async changeSourceTables(statement: string): Promise<void> {
    await runAll(this.#parts.stack.endpoints.source, [statement]);
    this.#parts.tell(statement);
  }

  /** Stops the writers, waits until nothing is on its way, and looks. */
  async finish(): Promise<FeedReport> {
    const { load, types, choice, stack, tell } = this.#parts;
    await load.stop();
    await types.stop();
    tell(`the writers stopped after ${this.committedChanges} changes`);
    const compared = await this.#untilEqual();
    await this.#untilCommitted();
    const findings = await this.#readFindings();
    const prefix = 'shop';
    const topics = [
      ...new Set(Object.values(TOPIC_OF_PIPELINE)),
      ...(choice.topics === 'all' ? [] : [prefix, `${prefix}.transaction`, `__debezium-heartbeat.${prefix}`]),
    ];
    const differing = compared.filter((table) => !isEqual(table));
    const rows = differing.flatMap(({ examples }) => examples.map(({ key }) => key.split(',')[0] ?? ''));
    const feed = await tallyFeed(stack.servers.kafka.brokers, topics, rows);
    const report: FeedReport = {
      choice,
      differing,
      comparedRows: Object.fromEntries(compared.map(({ target, table, rows }) => [`${target}.${table}`, rows])),
      findings,
      feed,
      sourceChanges: this.committedChanges,
      surprises: load.report().surprises,
    };
    tell(JSON.stringify(report));
    return report;
  }

  async #untilEqual(): Promise<readonly TableResult[]> {
    const deadlineMs = performance.now() + WITHIN_MS;
    for (;;) {
      const orders = await compareAll({ endpoints: this.#parts.stack.endpoints });
      const tables = [...orders.tables, await this.#compareTypes()];
      if (tables.every(isEqual) || performance.now() > deadlineMs) {
        this.#parts.tell(`source and targets ${tables.every(isEqual) ? 'are equal' : 'DIFFER'}`);
        return tables;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #compareTypes(): Promise<TableResult> {
    const { source, settlement } = this.#parts.stack.endpoints;
    const from = await Snapshot.open(source);
    const to = await Snapshot.open(settlement);
    try {
      const pair = {
        target: 'settlement',
        table: 'every_type',
        sourceFrom: 'every_type t',
        sourceWhere: 'TRUE',
      };
      return await compareTable(pair, from, to);
    } finally {
      from.close();
      to.close();
    }
  }

  async #untilCommitted(): Promise<void> {
    const admin = openKafka(this.#parts.stack.servers.kafka.brokers).admin();
    await admin.connect();
    try {
      for (const [pipeline, topic] of Object.entries(TOPIC_OF_PIPELINE)) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
          const groupId = `ergate.${this.#parts.environment}.${pipeline}.sink.p${partition}`;
          await this.#until(`${pipeline} has committed offset ${high} of partition ${partition}`, async () => {
            const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
            const found = answer?.partitions.find((one) => one.partition === partition)?.offset ?? '-1';
            return Number(found) >= Number(high);
          });
        }
      }
    } finally {
      await admin.disconnect();
    }
  }

  /**
   * A delivery that is read late may have lost its product order at the source, and with it the seller to look up; both
   * are deleted in one transaction, so that it is on no target in the end.
   */
  async #readFindings(): Promise<readonly string[]> {
    const { host, port, user, password, database } = endpointOf(this.#parts.stack.servers.state);
    const connection = await mysql.createConnection({ host, port, user, password, database });
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(
        `SELECT pipeline, partition_no, offset_no, code, message FROM ergate_finding WHERE code <> 'ERG_2001' LIMIT ${SHOWN_FINDINGS}`,
      );
      return rows.map((row) => Object.values(row).join(' '));
    } finally {
      await connection.end();
    }
  }

  /** @throws Error when it has not come true in time; it says what was waited for, and how the connector is */
  async #until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    const { status, connect, tell } = this.#parts;
    const startMs = performance.now();
    while (!(await isTrue())) {
      if (performance.now() - startMs > WITHIN_MS) {
        const trouble = await connect.findTrouble(CONNECTOR);
        const jobs = describeJobs(status.latest);
        throw new Error(`waited ${WITHIN_MS / 1_000} s in vain: ${what}\nconnector: ${trouble ?? 'runs'}\n${jobs}`);
      }
      await sleep(LOOK_EVERY_MS);
    }
    tell(`${what} (${Math.round(performance.now() - startMs)} ms)`);
  }
}
