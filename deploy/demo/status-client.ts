import { connect, type NatsConnection } from 'nats';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';

const ANSWER_TIMEOUT_MS = 1_500;
const RECONNECT_MS = 500;

/** Asks the supervisor how everything is, over NATS. */
export class StatusClient {
  readonly #nats: NatsConnection;
  readonly #subject: string;

  private constructor(nats: NatsConnection, subject: string) {
    this.#nats = nats;
    this.#subject = subject;
  }

  static async open(url: string, environment: string): Promise<StatusClient> {
    const nats = await connect({
      servers: url,
      name: 'demo',
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      waitOnFirstConnect: true,
    });
    return new StatusClient(nats, buildSubjects(environment).supervisorStatus);
  }

  /** Undefined while there is no supervisor, or NATS is away. */
  async find(): Promise<SupervisorStatus | undefined> {
    try {
      const answer = await this.#nats.request(this.#subject, undefined, { timeout: ANSWER_TIMEOUT_MS });
      return answer.json<SupervisorStatus>();
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#nats.close();
  }
}
