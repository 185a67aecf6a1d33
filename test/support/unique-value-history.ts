/**
 * Changes of orders as short texts, and random histories of them as a source commits them that has another unique index than
 * the key.
 */
import fc from 'fast-check';

/** Id, unique name, amount: "1 uk1 5". */
export type RowText = string;

export interface Change {
  readonly before?: RowText;
  readonly after?: RowText;
}

export const rowOf = (text: RowText) => {
  const [id, name, amount] = text.split(' ');
  return { id: Number(id), name, amount: Number(amount) };
};
export const insert = (after: RowText): Change => ({ after });
export const update = (before: RowText, after: RowText): Change => ({ before, after });
export const remove = (before: RowText): Change => ({ before });

export function payloadOf({ before, after }: Change, table: string) {
  const [old, young] = [before, after].map((text) => (text === undefined ? null : rowOf(text)));
  const op = before === undefined ? 'insert' : after === undefined ? 'delete' : 'update';
  return { op, table, old: old ?? null, new: young ?? null };
}

/** Many of few rows and values, so that they are in each other's way. */
const IDS = [1, 2, 3, 4, 5];
const VALUES = ['a', 'b', 'c', 'd', 'e'];

interface Step {
  readonly id: number;
  readonly to: number;
  readonly value: string;
  readonly kind: 'value' | 'amount' | 'delete' | 'key';
  readonly commits: boolean;
}

export const history: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    to: fc.constantFrom(...IDS),
    value: fc.constantFrom(...VALUES),
    kind: fc.constantFrom('value', 'value', 'amount', 'delete', 'key'),
    commits: fc.boolean(),
  }),
  { minLength: 40, maxLength: 80, size: 'max' },
);

/** As a source does it that checks keys and unique values row by row; what it would refuse is left out. */
export function play(steps: readonly Step[]) {
  const rows = new Map<number, RowText>();
  const transactions: Change[][] = [[]];
  for (const [amount, step] of steps.entries()) {
    const before = rows.get(step.id);
    const after = before === undefined ? `${step.id} ${step.value} ${amount}` : changed(before, step, amount);
    const others = [...rows.values()].filter((row) => row !== before).map((row) => row.split(' '));
    const [id, value] = after?.split(' ') ?? [];
    if (others.some((other) => other[0] === id || other[1] === value)) {
      continue;
    }
    rows.delete(step.id);
    if (after !== undefined) {
      rows.set(Number(id), after);
    }
    transactions
      .at(-1)
      ?.push({ ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
    if (step.commits) {
      transactions.push([]);
    }
  }
  return { transactions: transactions.filter(({ length }) => length > 0), after: [...rows.values()].sort() };
}

/** Undefined when it is deleted. */
function changed(before: RowText, { kind, to, value }: Step, amount: number): RowText | undefined {
  const [id, old] = before.split(' ');
  switch (kind) {
    case 'value':
      return `${id} ${value} ${amount}`;
    case 'amount':
      return `${id} ${old} ${amount}`;
    case 'key':
      return `${to} ${old} ${amount}`;
    case 'delete':
      return undefined;
  }
}
