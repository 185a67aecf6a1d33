import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ShardChange } from '../target/target-shard.ts';
import type { LaneOptions } from './lane-options.ts';

/** A write that is not answered for so long makes the shard suspect; its deadline is much longer. */
const SILENCE_MS = 1_000;

/** The writer of a lane, behind the breaker of its shard: what it refuses is not sent, and what becomes of the rest it is told. */
export class GatedWriter {
  readonly #options: Pick<LaneOptions, 'writer' | 'gate' | 'clock'>;

  constructor(options: Pick<LaneOptions, 'writer' | 'gate' | 'clock'>) {
    this.#options = options;
  }

  /** Not safe for concurrent calls. @returns why it is not known to be written */
  async tryWrite(changes: readonly ShardChange[]): Promise<ReplicationError | undefined> {
    const { writer, gate, clock } = this.#options;
    const refusal = gate?.refusal;
    if (refusal !== undefined) {
      return refusal;
    }
    const cancel = gate && clock.after(SILENCE_MS, () => gate.sawSilence());
    try {
      await writer.write(changes);
      gate?.sawSuccess();
      return undefined;
    } catch (error) {
      const coded = asReplicationError(error);
      gate?.sawFailure(coded);
      return coded;
    } finally {
      cancel?.();
    }
  }
}
