import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';

const ANSWER_TIMEOUT_MS = 1_500;

/** Asks the supervisor how everything is, over NATS. */
export class StatusClient {
  readonly #bus: MessageBus;
  readonly #subject: string;

  private constructor(bus: MessageBus, subject: string) {
    this.#bus = bus;
    this.#subject = subject;
  }

  static async open(url: string, environment: string): Promise<StatusClient> {
    const name = `demo/${process.pid}`;
    const bus = await openNatsBus({
      servers: [url],
      name,
      environment,
      logger: silentLogger,
      requestTimeoutMs: ANSWER_TIMEOUT_MS,
    });
    return new StatusClient(bus, buildSubjects(environment).supervisorStatus);
  }

  /** Undefined while there is no supervisor, or NATS is away. */
  async find(): Promise<SupervisorStatus | undefined> {
    try {
      return (await this.#bus.requestJson(this.#subject, ANSWER_TIMEOUT_MS)) as SupervisorStatus; // the supervisor wrote it
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }
}
