import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { aChange } from './build-change.ts';
import { ChaosProxy } from './chaos-proxy/chaos-proxy.ts';
import { MysqlTarget } from './mysql-target.ts';
import { OWNER } from './target-under-test.ts';

export interface ProxiedTargetOptions {
  /** Made anew; one for each of those that run at the same time. */
  readonly schema?: string;
  readonly batchDeadlineMs?: number;
  readonly openDeadlineMs?: number;
  readonly user?: string;
}

/** A target with one row at version 1, in a schema of its own, reached by its writer through a proxy. */
export async function openProxiedTarget(
  server: DatabaseServer,
  { schema = 'faults', batchDeadlineMs = 10_000, openDeadlineMs = 5_000, user = 'root' }: ProxiedTargetOptions,
) {
  const target = await MysqlTarget.open(server, schema);
  const proxy = await ChaosProxy.open({ port: server.port });
  const table = await target.createContractTable('plain');
  const shard = target.openShard({ address: { port: proxy.port, user }, batchDeadlineMs, openDeadlineMs });
  const change = (id: string, seq: number) => aChange({ table, row: { id, needed: '1' }, seq });
  await shard.takeFence(OWNER);
  const writer = shard.openWriter(OWNER, 0);
  await writer.write([change('1', 1)]);
  const versions = async () => (await target.readRows(table)).map(({ id, ergate_seq }) => `${id}@${ergate_seq}`);
  return {
    target,
    proxy,
    table,
    shard,
    writer,
    change,
    versions,
    [Symbol.asyncDispose]: async () => {
      await target[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
