/** Syncs rows for whoever asks the supervisor: they need not know which sink owns a row. Serves while its supervisor leads. */
import type { Answer, MessageBus } from '../../actors/runtime/message-bus.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Envelope } from '../../protocol/message/envelope.ts';
import {
  type ForceSyncAnswer,
  type ForceSyncOrder,
  readForceSyncOrder,
} from '../../protocol/message/force-sync-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';

export interface ForceSyncServiceParts {
  readonly environment: string;
  readonly bus: Pick<MessageBus, 'serve'>;
  readonly sync: (order: ForceSyncOrder) => Promise<ForceSyncAnswer>;
  readonly log: Logger;
}

/** Each opens connections to both sides of its own. */
const MAX_ORDERS = 4;

export class ForceSyncService {
  readonly #parts: ForceSyncServiceParts;
  #serving: Disposable | undefined;
  #orders = 0;

  constructor(parts: ForceSyncServiceParts) {
    this.#parts = parts;
  }

  /** Idempotent. */
  start(): void {
    const { environment, bus } = this.#parts;
    this.#serving ??= bus.serve(buildSubjects(environment).supervisorControl('force-sync'), (message) =>
      this.#answer(message),
    );
  }

  /** What is under way is finished. Idempotent. */
  stop(): void {
    this.#serving?.[Symbol.dispose]();
    this.#serving = undefined;
  }

  async #answer({ body, sender }: Envelope): Promise<Answer> {
    const order = readForceSyncOrder(body);
    if (this.#orders >= MAX_ORDERS) {
      return { code: 'BUSY', message: `${MAX_ORDERS} rows are being synced already`, maxEpoch: 0 };
    }
    const { pipeline, table, by } = order;
    this.#orders += 1;
    try {
      const answer = await this.#parts.sync(order);
      this.#parts.log.event('supervisor.row.synced', { pipeline, table, by, sender, rows: answer.rows.length });
      return { code: 'OK', message: '', maxEpoch: 0, body: answer };
    } catch (error) {
      const reason = asReplicationError(error).message;
      this.#parts.log.event('supervisor.row.unsynced', { pipeline, table, by, sender, reason });
      return { code: 'FAILED', message: reason, maxEpoch: 0 };
    } finally {
      this.#orders -= 1;
    }
  }
}
