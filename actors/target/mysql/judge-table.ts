/**
 * What is to be said about a target table before anything is written to it: one judgement, for the writer, which refuses
 * what is refused here (table-plan.ts), and for people, who are told all of it and how to mend it.
 */
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { TableShape } from '../../catalog/table-shape.ts';
import type { ForeignKey, TableTraits } from '../../catalog/table-traits.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import type { Remark } from '../remark.ts';
import { judgeKey } from './judge-key.ts';
import { judgeMarkers } from './judge-markers.ts';
import { quoteName } from './quote-name.ts';

/** @returns everything at once */
export function judgeTable(table: TableShape, marker: MarkerColumns): readonly Remark[] {
  const { traits } = table;
  if (traits?.isBase === false) {
    return [
      {
        severity: 'refused',
        code: 'ERG_3522',
        message: 'not a table: its indexes cannot be seen, so an upsert could rewrite another row than its own',
        statements: [],
        advice: 'name the table behind it as target in the settings',
      },
    ];
  }
  return [
    ...judgeMarkers(table, marker),
    ...judgeKey(table),
    ...judgeUniqueIndexes(table),
    ...(traits === undefined ? [] : judgeTraits(table, traits)),
  ];
}

/** The first reason why nothing may be written to the table; undefined when it may. */
export function findRefusal(table: TableShape, marker: MarkerColumns): ReplicationError | undefined {
  return findFirst(table, judgeTable(table, marker));
}

/** The first reason why its rows cannot even be told apart: all that is asked of a table that another tool writes. */
export function findReadRefusal(table: TableShape): ReplicationError | undefined {
  return findFirst(table, judgeKey(table));
}

function findFirst(table: TableShape, remarks: readonly Remark[]): ReplicationError | undefined {
  const refusal = remarks.find(({ severity }) => severity === 'refused');
  if (refusal === undefined) {
    return undefined;
  }
  const { code, message, column } = refusal;
  return new ReplicationError(code, message, {
    context: { table: table.name, ...(column === undefined ? {} : { column }) },
  });
}

function judgeUniqueIndexes({ uniqueIndexes }: TableShape): Remark[] {
  return uniqueIndexes.map(({ name, columns }) => ({
    severity: 'note',
    code: 'ERG_3207',
    message: `unique index ${name} (${columns.join(', ')}) beside the key: rows are written one after the other, in order; a value that comes from a row of another record key is waited for about a second, then its change is a finding`,
    statements: [],
  }));
}

function judgeTraits(table: TableShape, traits: TableTraits): Remark[] {
  const { engine, isTransactional, triggers, foreignKeys } = traits;
  const engineRemark: Remark = {
    severity: 'refused',
    code: 'ERG_3523',
    message: `engine ${engine ?? 'unknown'} cannot roll back: a batch that fails would stay half written`,
    statements: [`ALTER TABLE ${quoteName(table.name)} ENGINE = InnoDB`],
  };
  return [
    ...(isTransactional ? [] : [engineRemark]),
    ...foreignKeys.map(judgeForeignKey),
    ...triggers.map(
      ({ name, when }): Remark => ({
        severity: 'warning',
        code: 'ERG_3525',
        message: `trigger ${name} ${when}: it may change what is written, and runs again when a change is applied again`,
        statements: [`DROP TRIGGER ${quoteName(name)}`],
      }),
    ),
  ];
}

const CARRIES_ON = /CASCADE|SET NULL|SET DEFAULT/i;

export function carriesOn({ onDelete, onUpdate }: Pick<ForeignKey, 'onDelete' | 'onUpdate'>): boolean {
  return CARRIES_ON.test(onDelete) || CARRIES_ON.test(onUpdate);
}

/** What a foreign key does to rows of the child stands in no log, at the source neither. */
function judgeForeignKey({ name, child, parent, onDelete, onUpdate }: ForeignKey): Remark {
  const statements = [`ALTER TABLE ${quoteName(child)} DROP FOREIGN KEY ${quoteName(name)}`];
  const what = `foreign key ${name} of ${child} to ${parent}`;
  if (carriesOn({ onDelete, onUpdate })) {
    const rules = `on delete ${onDelete.toLowerCase()}, on update ${onUpdate.toLowerCase()}`;
    const message = `${what}, ${rules}: it changes or deletes rows of ${child} by itself, as when the key of a row of ${parent} changes`;
    return { severity: 'refused', code: 'ERG_3524', message, statements };
  }
  const message = `${what}: rows of different tables arrive in any order, and those that it refuses become findings`;
  return { severity: 'warning', code: 'ERG_3206', message, statements };
}
