import { setTimeout as sleep } from 'node:timers/promises';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { listenForStop } from '../node/guard-process.ts';
import { SupervisorClient } from './ask-supervisor.ts';
import { EXIT } from './exit-codes.ts';
import { formatAge } from './format-quantity.ts';
import { loadSettings } from './load-settings.ts';
import { renderJobs, renderNodes, renderReasons, renderStatus } from './render-status.ts';
import { wrapText } from './render-table.ts';
import { asYaml, type OutputFormat, show } from './show.ts';
import { renderOptionsFor, Screen } from './terminal.ts';

export interface ReadOptions {
  readonly config: readonly string[];
  readonly output: OutputFormat;
}

const WATCH_EVERY_MS = 1_000;

export async function runStatus({ config, output }: ReadOptions): Promise<number> {
  const status = await readStatus(loadSettings(config));
  await show(output, status, () => renderStatus(status, renderOptionsFor(process.stdout)));
  return EXIT.ok;
}

export async function runJobList({ config, output }: ReadOptions): Promise<number> {
  const status = await readStatus(loadSettings(config));
  await show(output, status.jobs, () => renderJobs(status, renderOptionsFor(process.stdout)));
  return EXIT.ok;
}

export async function runJobGet(name: string, { config, output }: ReadOptions): Promise<number> {
  const status = await readStatus(loadSettings(config));
  const found = status.jobs.find(({ job }) => job.name === name);
  if (found === undefined) {
    const names = status.jobs.map(({ job }) => job.name).join(', ');
    process.stderr.write(`there is no job ${name}; there are: ${names === '' ? 'none' : names}\n`);
    return EXIT.failed;
  }
  const options = renderOptionsFor(process.stdout);
  const one = { ...status, jobs: [found], alerts: [] };
  const detail = output === 'table' ? await describeDetail(found.report?.status.detail) : [];
  await show(output, found, () => [...renderJobs(one, options), ...renderReasons(one, options), '', ...detail]);
  return EXIT.ok;
}

export async function runNodeList({ config, output }: ReadOptions): Promise<number> {
  const status = await readStatus(loadSettings(config));
  await show(output, status.nodes, () => renderNodes(status, renderOptionsFor(process.stdout)));
  return EXIT.ok;
}

/** Until Ctrl-C. A supervisor or NATS that is away is shown and waited for. */
export async function watchStatus({ config, output }: ReadOptions): Promise<number> {
  const settings = loadSettings(config);
  const signal = listenForStop();
  using cleanUp = new DisposableStack();
  const screen = output === 'table' ? new Screen(process.stdout) : undefined;
  cleanUp.defer(() => screen?.close());
  const watch = new Watch(settings);
  cleanUp.defer(() => watch.close());
  while (!signal.aborted) {
    const look = await watch.look();
    if (screen !== undefined) {
      screen.show(renderLook(look));
    } else if (look.trouble !== undefined) {
      process.stderr.write(`${look.trouble}\n`);
    } else {
      await show(output, look.status, () => []);
    }
    await sleep(WATCH_EVERY_MS, undefined, { signal }).catch(() => {}); // woken by the signal
  }
  return EXIT.ok;
}

interface Look {
  /** The newest that came; undefined before the first. */
  readonly status: SupervisorStatus | undefined;
  /** Why there is none just now. */
  readonly trouble: string | undefined;
}

function renderLook({ status, trouble }: Look): string[] {
  const options = renderOptionsFor(process.stdout);
  const age = status === undefined ? '' : `; below is what it said ${formatAge(Date.now() - status.atMs)} ago`;
  return [
    ...(trouble === undefined ? [] : wrapText(`${trouble}${age}`, options.columns, '  ')).map((line) =>
      options.paint('bad', line),
    ),
    ...(status === undefined ? [] : renderStatus(status, options)),
  ];
}

class Watch {
  readonly #settings: Settings;
  #client: SupervisorClient | undefined;
  #status: SupervisorStatus | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async look(): Promise<Look> {
    try {
      this.#client ??= await SupervisorClient.open(this.#settings);
      this.#status = await this.#client.readStatus();
      return { status: this.#status, trouble: undefined };
    } catch (error) {
      return { status: this.#status, trouble: asReplicationError(error).message };
    }
  }

  close(): void {
    this.#client?.close().catch(() => {}); // the process ends anyway
  }
}

export async function readStatus(settings: Settings): Promise<SupervisorStatus> {
  const client = await SupervisorClient.open(settings);
  const status = await client.readStatus();
  client.close().catch(() => {}); // the process ends anyway
  return status;
}

async function describeDetail(detail: object | undefined): Promise<string[]> {
  if (detail === undefined) {
    return ['its actor has not been heard yet'];
  }
  return (await asYaml({ ...detail, latency: undefined })).trimEnd().split('\n');
}
