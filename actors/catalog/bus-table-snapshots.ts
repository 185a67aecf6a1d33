/** Table snapshots of one pipeline from the catalog service of the supervisor, over the message bus. */
import { randomUUID } from 'node:crypto';
import type { Envelope } from '../../protocol/message/envelope.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import { decodeSnapshot, type TableSnapshot } from './table-snapshot.ts';
import type { TableSnapshots } from './table-snapshots.ts';

export interface BusTableSnapshotsOptions {
  readonly bus: MessageBus;
  readonly environment: string;
  readonly pipeline: string;
  /** By shard: what this process means by its tables; a service that means something else does not answer. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** A sink that starts waits for it: longer than the service takes, shorter than anybody would notice. */
const ASK_TIMEOUT_MS = 1_000;

export class BusTableSnapshots implements TableSnapshots {
  readonly #options: BusTableSnapshotsOptions;
  readonly #subjects: ReturnType<typeof buildSubjects>;

  constructor(options: BusTableSnapshotsOptions) {
    this.#options = options;
    this.#subjects = buildSubjects(options.environment);
  }

  async ask(shard: string, have: string | undefined): Promise<TableSnapshot | 'same' | undefined> {
    const { bus, pipeline, fingerprints } = this.#options;
    const body = { pipeline, shard, fingerprint: fingerprints.get(shard), have };
    const message = { type: 'schema.tables', id: randomUUID(), epoch: 0, body };
    try {
      const reply = await bus.request(this.#subjects.schemaTables, message, ASK_TIMEOUT_MS);
      if (reply.code !== 'OK') {
        return undefined;
      }
      const answer = reply.body as { same?: unknown } | undefined; // of any form until it is decoded
      return answer?.same === true ? 'same' : decodeSnapshot(answer);
    } catch {
      return undefined; // whatever is wrong with the service, the tables can be read without it
    }
  }

  onChange(shard: string, react: () => void): Disposable {
    const { bus, pipeline } = this.#options;
    return bus.listen(this.#subjects.schemaChanged, ({ body }: Envelope) => {
      const hint = body as { pipeline?: unknown; shard?: unknown } | null; // of any form
      if (hint?.pipeline === pipeline && hint.shard === shard) {
        react();
      }
    });
  }
}
