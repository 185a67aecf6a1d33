import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlConnection } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';

type Work<Result> = (connection: MysqlConnection) => Promise<Result>;

/** What one reader of rows has of connections that it shares with others: closing it ends its own calls, and no connection. */
export class SourceRowPool implements Pick<MysqlPool, 'use' | 'close'> {
  readonly #run: <Result>(work: Work<Result>) => Promise<Result>;
  readonly #underWay = new Set<(error: Error) => void>();
  #isClosed = false;

  constructor(run: <Result>(work: Work<Result>) => Promise<Result>) {
    this.#run = run;
  }

  async use<Result>(work: Work<Result>): Promise<Result> {
    if (this.#isClosed) {
      throw closed();
    }
    const ended = Promise.withResolvers<Result>();
    this.#underWay.add(ended.reject);
    this.#run(work).then(ended.resolve, ended.reject);
    try {
      return await ended.promise;
    } finally {
      this.#underWay.delete(ended.reject);
    }
  }

  /** Statements that the server is at go on until their deadline. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const fail of this.#underWay) {
      fail(closed());
    }
  }
}

function closed(): ReplicationError {
  return new ReplicationError('ERG_9001', 'the reader of source rows was closed');
}
