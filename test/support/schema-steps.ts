/** How a table changes, one step after the other, so that it is the same at the source and at the target after each. */
import type { SqlValue } from './sql-load.ts';

export type Side = 'source' | 'target';

type Columns = Map<string, SqlValue>;

export interface SchemaStep {
  readonly name: string;
  readonly sql: string;
  /** Default: the same. */
  readonly target?: string;
  /** What the application writes. */
  readonly beforeSource?: (columns: Columns) => void;
  readonly afterSource?: (columns: Columns) => void;
  /** When both sides have changed. */
  readonly afterBoth?: (columns: Columns) => void;
  /** Columns that are new at the target, but not known yet when the first values come. */
  readonly late?: readonly string[];
  /** Columns whose values are not written meanwhile, by the side that changes first. */
  readonly lost?: Partial<Record<Side, readonly string[]>>;
}

const text: SqlValue = (draw) => `'n${draw % 100_000}'`;

export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    name: 'a column is added',
    sql: 'ALTER TABLE orders ADD COLUMN note VARCHAR(20) NULL',
    afterSource: (columns) => columns.set('note', text),
    lost: { source: ['note'] },
    late: ['note'],
  },
  {
    name: 'a column with a default is added in the middle',
    sql: "ALTER TABLE orders ADD COLUMN grade CHAR(2) NOT NULL DEFAULT 'b' AFTER id",
    afterSource: (columns) => columns.set('grade', (draw) => `'${draw % 100}'`),
    lost: { source: ['grade'] },
    late: ['grade'],
  },
  {
    name: 'a column is renamed',
    sql: 'ALTER TABLE orders CHANGE name title VARCHAR(20) NULL',
    beforeSource: (columns) => columns.delete('name'),
    afterSource: (columns) => columns.set('title', text),
    lost: { source: ['title'], target: ['name'] },
  },
  {
    name: 'types are made wider',
    sql: 'ALTER TABLE orders MODIFY title TEXT NULL, MODIFY qty BIGINT UNSIGNED NULL, MODIFY amount DECIMAL(30,4) NULL',
    afterBoth: (columns) => {
      columns.set('title', (draw) => `REPEAT('한${draw % 1000}', 50)`);
      columns.set('qty', (draw) => `${18_446_744_073_700_000_000n + BigInt(draw % 1_000_000)}`);
      columns.set('amount', (draw) => `12345678901234567890.${draw % 10_000}`);
    },
  },
  {
    name: 'a type becomes one of another kind',
    sql: 'ALTER TABLE orders MODIFY qty VARCHAR(30) NULL',
  },
  {
    name: 'a unique index comes',
    sql: 'ALTER TABLE orders ADD UNIQUE KEY by_u (u)',
    // Two rows of a batch may exchange values one after the other, which an index that is built meanwhile does not forgive.
    target: 'ALTER TABLE orders ADD UNIQUE KEY by_u (u), LOCK=SHARED',
  },
  {
    name: 'the key becomes another',
    sql: 'ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (region, id)',
  },
  {
    name: 'the key becomes the old one, and the index goes',
    sql: 'ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP KEY by_u',
  },
  {
    name: 'columns are dropped',
    sql: 'ALTER TABLE orders DROP COLUMN note, DROP COLUMN grade',
    beforeSource: (columns) => {
      columns.delete('note');
      columns.delete('grade');
    },
    lost: { target: ['grade', 'note'] },
  },
];
