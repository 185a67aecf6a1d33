import { hostname } from 'node:os';
import type { LogFields, Logger } from '../../protocol/log/logger.ts';
import { chooseNodeName } from '../node/choose-node-name.ts';
import { exitOnFault, listenForStop } from '../node/guard-process.ts';
import { openProcessLog } from '../observe/json-logger.ts';
import { EXIT } from './exit-codes.ts';
import { loadSettings } from './load-settings.ts';

export interface ProcessOptions {
  readonly config: readonly string[];
  readonly version: string;
}

const FLUSH_MS = 2_000;
const DEV_NODE = 'node-1';

/** Until SIGTERM or Ctrl-C, as the others. @returns the exit code */
export async function startSupervisor({ config, version }: ProcessOptions): Promise<number> {
  const settings = loadSettings(config);
  const { runSupervisor } = await import('../run-supervisor.ts');
  return runLogged({ process: 'supervisor' }, async (logger, signal) => {
    await runSupervisor({ settings, version, logger, signal });
    return EXIT.ok;
  });
}

/** @param name chosen when left out */
export async function startNode({ config, version }: ProcessOptions, name: string | undefined): Promise<number> {
  const settings = loadSettings(config);
  const node = name ?? chooseNodeName(hostname(), Math.random());
  const { runNode } = await import('../node/run-node.ts');
  return runLogged({ process: 'node' }, (logger, signal) => runNode({ settings, node, version, logger, signal }));
}

/** Both in one process: the node drains before the supervisor ends. */
export async function startDev({ config, version }: ProcessOptions): Promise<number> {
  const settings = loadSettings(config);
  const { runSupervisor } = await import('../run-supervisor.ts');
  const { runNode } = await import('../node/run-node.ts');
  return runLogged({ process: 'dev' }, async (logger, signal) => {
    const afterNode = new AbortController();
    const supervisor = runSupervisor({ settings, version, logger, signal: afterNode.signal });
    try {
      return await runNode({ settings, node: DEV_NODE, version, logger, signal });
    } finally {
      afterNode.abort();
      await supervisor;
    }
  });
}

async function runLogged(
  fields: LogFields,
  run: (logger: Logger, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const log = openProcessLog({ fields });
  exitOnFault(log);
  const exitCode = await run(log.logger, listenForStop());
  await log.flush(FLUSH_MS);
  return exitCode;
}
