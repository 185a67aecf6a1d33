/**
 * Puts the changes of one batch into the order and the groups in which they are written; knows no SQL.
 *
 * Rows of one group go into one statement: same table, same kind of statement, same columns. Deletes come first, so that
 * the delete of a key before its upsert in the batch stays before it; then upserts. Both are sorted by row key: two
 * lanes that meet at the same rows then lock them in the same order. Tables in which rows depend on each other (unique
 * indexes besides the key) come last and keep the order of the batch, deletes and upserts mixed.
 */
import type { ShardChange } from './target-shard.ts';

type WriteOrder = 'delete' | 'upsert' | 'as-given';

/** How a change is written. Changes of the same form (the same object) are written together. */
export interface WriteForm {
  readonly order: WriteOrder;
}

export interface WriteStep<Form extends WriteForm> {
  readonly form: Form;
  readonly changes: readonly ShardChange[];
}

const RANK: Readonly<Record<WriteOrder, number>> = { delete: 0, upsert: 1, 'as-given': 2 };

/** @param formOf called once per change, in the order of the batch; may throw */
export function planWrite<Form extends WriteForm>(
  changes: readonly ShardChange[],
  formOf: (change: ShardChange) => Form,
): readonly WriteStep<Form>[] {
  const groups = new Map<Form, ShardChange[]>();
  for (const change of changes) {
    const form = formOf(change);
    const group = groups.get(form);
    if (group === undefined) {
      groups.set(form, [change]);
    } else {
      group.push(change);
    }
  }
  const steps = [...groups].map(([form, group]) => ({
    form,
    changes: form.order === 'as-given' ? group : group.sort(byKey),
  }));
  return steps.sort((a, b) => RANK[a.form.order] - RANK[b.form.order]);
}

function byKey(a: ShardChange, b: ShardChange): number {
  if (a.key === b.key) {
    return 0;
  }
  return a.key < b.key ? -1 : 1;
}
