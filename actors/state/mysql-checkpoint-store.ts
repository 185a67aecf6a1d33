import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlConnection, MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import type { CaptureCheckpoint, CaptureCheckpointStore } from './capture-checkpoint-store.ts';
import { asStateError } from './state-errors.ts';
import { textLiteral } from './state-literal.ts';

const DEADLINE_MS = 5_000;

export class MysqlCheckpointStore implements CaptureCheckpointStore {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  claim(capture: string, placeEpoch: number): Promise<CaptureCheckpoint | undefined> {
    const claimed = `INSERT INTO ergate_capture_checkpoint (capture, place_epoch)
      VALUES (${textLiteral(capture)}, ${placeEpoch})
      ON DUPLICATE KEY UPDATE place_epoch = GREATEST(place_epoch, VALUES(place_epoch))`;
    return this.#asOwner({ capture, placeEpoch }, claimed);
  }

  async save(capture: string, placeEpoch: number, checkpoint: CaptureCheckpoint): Promise<void> {
    const saved = `UPDATE ergate_capture_checkpoint
      SET epoch = ${checkpoint.epoch}, binlog_file = ${textLiteral(checkpoint.binlogFile)},
        binlog_position = ${checkpoint.binlogPosition}, gtid = ${textLiteral(checkpoint.gtid)},
        saved_at = CURRENT_TIMESTAMP(3)
      WHERE capture = ${textLiteral(capture)} AND place_epoch = ${placeEpoch}`;
    await this.#asOwner({ capture, placeEpoch }, saved);
  }

  async find(capture: string): Promise<CaptureCheckpoint | undefined> {
    try {
      const [row] = await this.#pool.use((connection) => connection.query(selectCheckpoint(capture), DEADLINE_MS));
      return row === undefined ? undefined : readCheckpoint(row);
    } catch (error) {
      throw asStateError(error);
    }
  }

  /** The statement itself changes nothing for an older place; the row that is read after it tells whether it did. */
  async #asOwner(
    owner: { capture: string; placeEpoch: number },
    statement: string,
  ): Promise<CaptureCheckpoint | undefined> {
    try {
      const row = await this.#pool.use(async (connection: MysqlConnection) => {
        await connection.query(statement, DEADLINE_MS);
        const [found] = await connection.query(selectCheckpoint(owner.capture), DEADLINE_MS);
        return found;
      });
      if (row === undefined || Number(row['place_epoch']) !== owner.placeEpoch) {
        throw fenced(owner, row);
      }
      return readCheckpoint(row);
    } catch (error) {
      throw asStateError(error);
    }
  }
}

function selectCheckpoint(capture: string): string {
  return `SELECT place_epoch, epoch, binlog_file, binlog_position, gtid FROM ergate_capture_checkpoint
    WHERE capture = ${textLiteral(capture)}`;
}

function readCheckpoint(row: MysqlRow): CaptureCheckpoint | undefined {
  if (row['binlog_file'] === null) {
    return undefined;
  }
  return {
    epoch: Number(row['epoch']),
    binlogFile: String(row['binlog_file']),
    binlogPosition: Number(row['binlog_position']),
    gtid: String(row['gtid'] ?? ''),
  };
}

/** A row that is gone was removed by hand; whoever claims next makes it anew. */
function fenced(owner: { capture: string; placeEpoch: number }, row: MysqlRow | undefined): ReplicationError {
  const holder = row === undefined ? 'nobody' : `place ${row['place_epoch']}`;
  return new ReplicationError(
    'ERG_5003',
    `the checkpoint of capture ${owner.capture} belongs to ${holder}, not to place ${owner.placeEpoch}`,
  );
}
