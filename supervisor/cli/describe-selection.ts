import type { PlanChoice } from './choose-plan-rows.ts';

/** What was asked for, in words of the command; '' when nothing was. */
export function describeSelection({ all, casesOnly, ...choice }: PlanChoice & { readonly all?: boolean }): string {
  const parts = [all === true ? 'all cases' : undefined, ...describeCases(choice), ...describePlaces(choice)];
  const chosen = parts.filter((part) => part !== undefined);
  return chosen.length === 0 ? '' : [...chosen, ...(casesOnly === true ? ['cases only'] : [])].join(', ');
}

function describeCases({ table, shard, state, kind, since, case: ids }: PlanChoice): readonly (string | undefined)[] {
  return [
    ids && `cases ${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ` and ${ids.length - 20} more` : ''}`,
    table && `table ${table}`,
    shard && `shard ${shard}`,
    state && `state ${state}`,
    kind && `kind ${kind}`,
    since === undefined ? undefined : `since ${nameTime(since)}`,
  ];
}

function describePlaces({ key, keyRange, commitTime, offset }: PlanChoice): readonly (string | undefined)[] {
  const cells = (one: readonly unknown[] | undefined) => one?.join(',') ?? '';
  return [
    key && `${key.length} keys`,
    keyRange && `keys ${cells(keyRange.from)}..${cells(keyRange.to)}`,
    commitTime && `committed ${nameTime(commitTime.fromMs)}..${nameTime(commitTime.toMs)}`,
    offset && `offsets ${offset.partition}:${offset.from}..${offset.to}`,
  ];
}

function nameTime(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString();
}
