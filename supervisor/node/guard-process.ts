/** What a process of ergate does about signals and about errors that nobody caught. */
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ProcessLog } from '../observe/json-logger.ts';

/** Of sysexits.h: our own fault. The process manager starts the process anew. */
const EXIT_FAULT = 70;
const FLUSH_MS = 500;
const MAX_STACK = 4_000;

/** Ends the process with 70 on an error that nobody caught: what it left behind is not known, and a restart is cheap. */
export function exitOnFault({ logger, flush }: ProcessLog): void {
  let isEnding = false;
  const fail = async (origin: string, error: unknown): Promise<void> => {
    if (!isEnding) {
      isEnding = true;
      const { message } = asReplicationError(error);
      const stack = error instanceof Error ? error.stack?.slice(0, MAX_STACK) : undefined;
      logger.event('process.failed', { code: 'ERG_9000', origin, reason: message, stack });
      await flush(FLUSH_MS);
    }
    process.exit(EXIT_FAULT);
  };
  for (const origin of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(origin, (error: unknown) => {
      fail(origin, error).catch(() => process.exit(EXIT_FAULT));
    });
  }
}

/** Aborted by the first SIGTERM or SIGINT; the second ends the process at once. */
export function listenForStop(): AbortSignal {
  const stop = new AbortController();
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
  ] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        process.exit(128 + number);
      }
      stop.abort();
    });
  }
  return stop.signal;
}
