import { setTimeout as sleep } from 'node:timers/promises';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { allowsFaults, type Fault } from '../../protocol/message/fault-order.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { SupervisorClient } from './ask-supervisor.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { formatAge } from './format-quantity.ts';
import { loadSettings } from './load-settings.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import { type ReadOptions, readStatus } from './status-command.ts';

export interface FaultOrderOptions {
  readonly config: readonly string[];
  /** 0 switches it off. */
  readonly forMs: number;
}

/** Nodes tell it with their next heartbeat. */
const SEEN_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 200;
const COLUMNS: readonly Column[] = [{ title: 'NODE' }, { title: 'FAULT' }, { title: 'ENDS IN', align: 'right' }];

export async function runFaultList({ config, output }: ReadOptions): Promise<number> {
  const { nodes, atMs } = await readStatus(loadSettings(config));
  const faults = nodes.flatMap(({ node, faults: own = [] }) => own.map((fault) => ({ node, ...fault })));
  await show(output, faults, () => {
    const rows = faults.map(({ node, fault, untilMs }): Cell[] => [
      { text: withoutControls(node) },
      { text: fault },
      { text: untilMs === undefined ? 'never (settings)' : formatAge(untilMs - atMs) },
    ]);
    return rows.length === 0 ? ['no fault is switched on'] : renderTable(COLUMNS, rows);
  });
  return EXIT.ok;
}

/** Tells every node, and says which have obeyed. @throws ReplicationError ERG_6203 where real data is */
export async function runFaultOrder(fault: Fault, { config, forMs }: FaultOrderOptions): Promise<number> {
  const settings = loadSettings(config);
  if (!allowsFaults(settings.environment)) {
    throw new ReplicationError('ERG_6203', `no fault is switched on in the environment ${settings.environment}`);
  }
  await noteOrder(settings, fault, forMs);
  const client = await SupervisorClient.open(settings);
  try {
    client.orderFault({ fault, forMs, by: nameAuthor() });
    const status = await untilSeen(client, fault, forMs > 0);
    const live = status.nodes.filter(({ state }) => state === 'live');
    const obeyed = live.filter((node) => isOn(node, fault) === forMs > 0).map(({ node }) => node);
    const what = forMs > 0 ? `on for ${formatAge(forMs)}` : 'off';
    process.stdout.write(`${fault} is ${what} at ${obeyed.length} of ${live.length} nodes: ${obeyed.join(', ')}\n`);
    return obeyed.length === live.length && live.length > 0 ? EXIT.ok : EXIT.failed;
  } finally {
    client.close().catch(() => {}); // the process ends anyway
  }
}

/** What is not noted is not switched on; it is switched off all the same. */
async function noteOrder({ state: server }: Settings, fault: Fault, forMs: number): Promise<void> {
  const action = forMs > 0 ? 'fault on' : 'fault off';
  const state = openStateDatabase(server);
  try {
    await state.audit.add({ actor: nameAuthor(), action, object: fault, reason: '', detail: { forMs } });
  } catch (error) {
    if (forMs > 0) {
      throw error;
    }
    process.stderr.write(`not in the audit: ${asReplicationError(error).message}\n`);
  } finally {
    state.close();
  }
}

async function untilSeen(client: SupervisorClient, fault: Fault, isOrdered: boolean): Promise<SupervisorStatus> {
  const startMs = performance.now();
  for (;;) {
    const status = await client.readStatus();
    const live = status.nodes.filter(({ state }) => state === 'live');
    if (live.every((node) => isOn(node, fault) === isOrdered) || performance.now() - startMs > SEEN_WITHIN_MS) {
      return status;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function isOn({ faults = [] }: SupervisorStatus['nodes'][number], fault: Fault): boolean {
  return faults.some((one) => one.fault === fault);
}
