/**
 * Which forms have to be told of the columns of a foreign format. The types of the target say it: what would be taken for
 * another value when it is written in another way (base64 as digits, hexadecimal as base64, bits in another order), and
 * what could never be right.
 */
import { findToldForm, type TargetColumns } from '../../protocol/change/decode/foreign-format.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { ColumnKind, ColumnShape } from '../catalog/table-shape.ts';
import type { KnownTables } from './known-tables.ts';
import type { ShardCatalog } from './shard-catalog.ts';

type Source = PipelineSettings['source'];

/** In one sentence for a person; all of them are in the settings. */
const MAX_LISTED = 30;
const MILLISECOND_DIGITS = 3;
const BYTE_BITS = 8;

/** @throws ReplicationError ERG_1018 when a column's values would have to be guessed */
export function checkToldForms({ source, tables, marker }: PipelineSettings, catalogs: readonly ShardCatalog[]): void {
  const markers = new Set<string>(Object.values(marker));
  const untold = Object.entries(tables).flatMap(([table, { target = table }]) =>
    listColumns(catalogs, target)
      .filter(({ name, generated }) => !generated && !markers.has(name) && isUntold(source, table, name))
      .flatMap((column) => {
        const forms = findForms(source, column);
        return forms === undefined ? [] : [`${table}.${column.name} (${forms})`];
      }),
  );
  if (untold.length > 0) {
    const listed = [...new Set(untold)];
    const more = listed.length > MAX_LISTED ? ` and ${listed.length - MAX_LISTED} more` : '';
    throw new ReplicationError(
      'ERG_1018',
      `expected source.columns to tell how these are written: ${listed.slice(0, MAX_LISTED).join(', ')}${more}`,
    );
  }
}

/** Of tables by their names at the source, as they are at the target now. */
export function buildTargetColumns(
  { tables }: Pick<PipelineSettings, 'tables'>,
  catalogs: readonly Pick<KnownTables, 'find'>[],
): TargetColumns {
  const targetOf = new Map(Object.entries(tables).map(([table, { target = table }]) => [table, target]));
  const listShapes = (table: string, column: string) =>
    catalogs.map((catalog) => catalog.find(targetOf.get(table) ?? '')?.columnByName.get(column));
  return {
    isBinary: (table, column) => listShapes(table, column).some((shape) => shape?.kind === 'binary'),
    isWideBit: (table, column) =>
      listShapes(table, column).some((shape) => shape?.kind === 'bit' && (shape.maxLength ?? 0) > BYTE_BITS),
  };
}

function listColumns(catalogs: readonly ShardCatalog[], table: string): readonly ColumnShape[] {
  return catalogs.flatMap((catalog) => catalog.find(table)?.columns ?? []);
}

function isUntold(source: Source, table: string, column: string): boolean {
  return findToldForm(source, table, column) === undefined;
}

/** Of what Maxwell does not write as a text that the column itself would show. */
const MAXWELL_FORMS: ReadonlyMap<ColumnKind, string> = new Map([
  ['bit', 'bit-number'],
  ['set', 'set'],
  ['json', 'json'],
]);

/** Forms to choose from, the usual one first; undefined when a value is what it looks like. */
function findForms({ format, debezium }: Source, column: ColumnShape): string | undefined {
  switch (format) {
    case 'maxwell':
      return MAXWELL_FORMS.get(column.kind);
    case 'debezium':
      return debezium?.withoutSchema === 'accept' ? findFormsWithoutSchema(column) : undefined;
    default:
      return undefined;
  }
}

function findFormsWithoutSchema({ kind, columnType, maxLength, fraction, unsigned }: ColumnShape): string | undefined {
  switch (kind) {
    case 'bit':
      return maxLength === 1 ? undefined : 'bits'; // BIT(1) is true or false
    case 'binary':
      return 'plain, hex, base64url';
    case 'decimal':
      return `decimal-${/,(\d+)/.exec(columnType)?.[1] ?? 0}, plain`;
    case 'integer':
      return unsigned && /^bigint/i.test(columnType) ? 'unsigned, decimal-0' : undefined;
    case 'date':
      return 'date, iso-date';
    case 'time':
      return 'time-us, iso-time';
    case 'datetime':
      return (fraction ?? 0) > MILLISECOND_DIGITS ? 'datetime-us, zoned' : 'datetime-ms, datetime-us, zoned';
    case 'timestamp':
      return 'zoned';
    default:
      return undefined;
  }
}
