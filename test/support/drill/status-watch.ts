/** Asks the supervisor now and then. What it says never excuses a wrong row; see the one use of `restarted`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StatusClient } from '../../../deploy/demo/status-client.ts';
import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { partitionName } from './history.ts';

const ASK_EVERY_MS = 250;

export class StatusWatch {
  readonly #client: StatusClient;
  readonly #stopping = new AbortController();
  readonly #restarted = new Set<string>();
  readonly #running: Promise<void>;
  #latest: SupervisorStatus | undefined;

  private constructor(client: StatusClient) {
    this.#client = client;
    this.#running = this.#run();
  }

  static async open(url: string, environment: string): Promise<StatusWatch> {
    return new StatusWatch(await StatusClient.open(url, environment));
  }

  /** Undefined while nobody answers. */
  get latest(): SupervisorStatus | undefined {
    return this.#latest;
  }

  /** By partitionName: sinks that their node started again in their place. They read again from the committed offset. */
  get restarted(): ReadonlySet<string> {
    return this.#restarted;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#client.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#latest = await this.#client.find();
      for (const { job, report } of this.#latest?.jobs ?? []) {
        if (job.kind === 'sink' && (report?.restarts ?? 0) > 0) {
          this.#restarted.add(partitionName(job.pipeline, job.partition));
        }
      }
      await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }
}
