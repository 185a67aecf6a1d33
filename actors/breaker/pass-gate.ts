import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ShardGate } from './shard-gate.ts';

/** What is not answered for so long makes the shard suspect; its deadline is much longer. */
const SILENCE_MS = 1_000;

/**
 * Sends something to a shard, unless its breaker is open; what fails, or is not answered, the breaker is told. That it was
 * answered is for the caller to tell: of a reading that proves nothing.
 *
 * @throws ReplicationError ERG_3011, ERG_3012: nothing was sent; else as `send`
 */
export async function passGate<T>(
  gate: Pick<ShardGate, 'refusal' | 'sawSilence' | 'sawFailure'>,
  clock: Clock,
  send: () => Promise<T>,
): Promise<T> {
  if (gate.refusal !== undefined) {
    throw gate.refusal;
  }
  const cancel = clock.after(SILENCE_MS, () => gate.sawSilence());
  try {
    return await send();
  } catch (thrown) {
    const error = asReplicationError(thrown);
    gate.sawFailure(error);
    throw error;
  } finally {
    cancel();
  }
}

/** As passGate, for who may come before it is known what people ordered. */
export async function passKnownGate<T>(
  gate: Pick<ShardGate, 'refusal' | 'known' | 'sawSilence' | 'sawFailure'>,
  clock: Clock,
  send: () => Promise<T>,
): Promise<T> {
  await gate.known;
  return await passGate(gate, clock, send);
}
