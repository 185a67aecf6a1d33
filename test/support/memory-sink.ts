/** What the sinks of the property tests have in common: everything but their partition, shards, settings and luck. */
import type { SinkDeps } from '../../actors/sink/sink-deps.ts';
import type { Finding } from '../../actors/state/finding.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';

type Own = Pick<SinkDeps, 'settings' | 'placeEpoch' | 'openStream' | 'shards' | 'clock' | 'random'>;

/** @param store of findings @param more goes over what is common */
export function memorySinkDeps(
  own: Own,
  store: (findings: readonly Finding[]) => Promise<void>,
  more: Partial<SinkDeps> = {},
): SinkDeps {
  return {
    pipeline: 'p',
    partition: 0,
    group: 'g',
    owner: 'o',
    openLookup: () => {
      throw new ReplicationError('ERG_2102', 'no look-ups in this test');
    },
    findings: { store, count: async () => [] },
    logger: silentLogger,
    ...own,
    ...more,
  };
}

/** @returns the outcome; 'stalled' when it does not come in time */
export async function settledOrStalled(settled: Promise<void>, outcome: string, stalledMs: number): Promise<string> {
  const stalled = Promise.withResolvers<string>();
  const timer = setTimeout(stalled.resolve, stalledMs, 'stalled');
  const end = await Promise.race([settled.then(() => outcome), stalled.promise]);
  clearTimeout(timer);
  return end;
}
