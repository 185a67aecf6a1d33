/** Two servers for faults of a target: one that is made to suffer, and a steady one with the other shard and the findings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MariadbServer, startMariadb } from '../../../deploy/local/start-mariadb.ts';

export interface FaultServers extends AsyncDisposable {
  readonly victim: MariadbServer;
  readonly steady: MariadbServer;
}

/** @param victimFolder default: a temporary one */
export async function startFaultServers(victimFolder?: string): Promise<FaultServers> {
  const folder = await mkdtemp(join(tmpdir(), 'ergate-faults-'));
  const [victim, steady] = await Promise.all([
    startMariadb({ folder: victimFolder ?? folder, name: 'victim', source: true }),
    startMariadb({ folder, name: 'steady', source: true, serverId: 2 }),
  ]);
  return {
    victim,
    steady,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([victim.stop(), steady.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
