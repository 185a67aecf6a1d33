import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import { passGate } from '../breaker/pass-gate.ts';
import type { ShardChange } from '../target/target-shard.ts';
import type { LaneOptions } from './lane-options.ts';

/** The writer of a lane, behind the breaker of its shard: what it refuses is not sent, and what becomes of the rest it is told. */
export class GatedWriter {
  readonly #options: Pick<LaneOptions, 'writer' | 'gate' | 'clock'>;

  constructor(options: Pick<LaneOptions, 'writer' | 'gate' | 'clock'>) {
    this.#options = options;
  }

  /** Not safe for concurrent calls. @returns why it is not known to be written */
  async tryWrite(changes: readonly ShardChange[]): Promise<ReplicationError | undefined> {
    const { writer, gate, clock } = this.#options;
    try {
      if (gate === undefined) {
        await writer.write(changes);
      } else {
        await passGate(gate, clock, () => writer.write(changes));
        gate.sawSuccess();
      }
      return undefined;
    } catch (error) {
      return asReplicationError(error);
    }
  }
}
