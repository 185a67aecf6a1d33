import type { AuditEntry } from '../../actors/state/audit-log.ts';
import { EXIT } from './exit-codes.ts';
import { type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { formatTime, withState } from './with-state.ts';

export interface AuditListOptions extends ReadOptions {
  readonly limit: number;
  readonly before?: bigint;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'AT (UTC)' },
  { title: 'WHO' },
  { title: 'WHAT' },
  { title: 'OF' },
  { title: 'WHY' },
];

export async function runStateMigrate(config: readonly string[]): Promise<number> {
  const { before, after } = await withState(config, async (state) => {
    const { version } = await state.readVersion();
    await state.ensureSchema();
    return { before: version, after: (await state.readVersion()).version };
  });
  const what = before === after ? `nothing to do` : `upgraded from version ${before}`;
  process.stdout.write(`the tables of the state database have version ${after}: ${what}\n`);
  return EXIT.ok;
}

/** @returns failed when the tables are not those of this program */
export async function runStateVersion({ config, output }: ReadOptions): Promise<number> {
  const versions = await withState(config, (state) => state.readVersion());
  const { version, wanted } = versions;
  const remark =
    version === wanted
      ? 'which is that of this program'
      : `this program wants ${wanted}: ${version < wanted ? 'run ergate state migrate' : 'start a newer one'}`;
  await show(output, versions, () => [`the tables of the state database have version ${version}, ${remark}`]);
  return version === wanted ? EXIT.ok : EXIT.failed;
}

export async function runAuditList({ config, output, limit, before }: AuditListOptions): Promise<number> {
  const beforeId = before === undefined ? undefined : Number(before);
  const entries = await withState(config, (state) => state.audit.list(limit, beforeId));
  await show(output, entries, () =>
    entries.length === 0 ? ['nothing was done'] : renderTable(COLUMNS, rowsOf(entries)),
  );
  return EXIT.ok;
}

/** @returns failed when the chain is broken */
export async function runAuditVerify({ config, output }: ReadOptions): Promise<number> {
  const verdict = await withState(config, (state) => state.audit.verify());
  const { entries, head, problem } = verdict;
  await show(output, verdict, () =>
    problem === undefined
      ? [`${entries} entries, each as it was written; the newest has the hash`, head]
      : [`ERG_5005: ${problem}`, `the ${entries} entries before it are as they were written`],
  );
  return problem === undefined ? EXIT.ok : EXIT.failed;
}

function rowsOf(entries: readonly AuditEntry[]) {
  return entries.map(({ id, atMs, actor, action, object, reason }) =>
    [String(id), formatTime(atMs), actor, action, object, reason].map((text) => ({ text: withoutControls(text) })),
  );
}
