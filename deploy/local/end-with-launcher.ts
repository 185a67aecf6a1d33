/**
 * Servers never outlive the process that started them for its own use: not its normal end, not an exception, not
 * SIGINT, SIGTERM or SIGHUP. (After a SIGKILL the kernel ends them, see server-process; where it does not, the next
 * start on the same folder does, by the record of the folder.)
 */
import { constants } from 'node:os';

export interface LaunchedServer {
  stop(): Promise<void>;
  /** Synchronous, for the last moment of the process. */
  killNow(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const launched = new Set<LaunchedServer>();
let stopping = false;

export function endWithLauncher(server: LaunchedServer): void {
  if (launched.size === 0) {
    process.on('exit', killAll);
    for (const signal of SIGNALS) {
      process.on(signal, stopAllAndExit);
    }
  }
  launched.add(server);
}

export function forgetLaunched(server: LaunchedServer): void {
  if (launched.delete(server) && launched.size === 0) {
    process.off('exit', killAll);
    for (const signal of SIGNALS) {
      process.off(signal, stopAllAndExit);
    }
  }
}

function killAll(): void {
  for (const server of launched) {
    server.killNow();
  }
}

/** A program with a listener of its own for the signal decides itself when it ends; then only killAll is left to us. */
function stopAllAndExit(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) {
    return;
  }
  const exitCode = 128 + constants.signals[signal];
  if (stopping) {
    process.exit(exitCode); // asked twice: at once
  }
  stopping = true;
  void Promise.allSettled([...launched].map((server) => server.stop())).then(() => process.exit(exitCode));
}
