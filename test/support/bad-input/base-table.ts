import type { BadCase, BadRecord, CaseTable, Expected, Site } from './bad-case.ts';
import { ergateRecord } from './record-format.ts';

/** What most cases about records are about: a row with a text. */
export const PLAIN: CaseTable = {
  name: 'plain',
  columns: 'id BIGINT UNSIGNED NOT NULL, v VARCHAR(40) NULL',
  good: '"v":"as it was"',
  goodValue: 'as it was',
};

const tablesByType = new Map<string, CaseTable>();

/**
 * A table whose column v is of this type.
 * @param good a value of it as JSON, and how it is read back if otherwise
 */
export function typed(
  type: string,
  good: string,
  goodValue: string | null = good.replaceAll('"', ''),
  read?: string,
): CaseTable {
  const known = tablesByType.get(type);
  const table: CaseTable = known ?? {
    name: `v${tablesByType.size + 1}`,
    columns: `id BIGINT UNSIGNED NOT NULL, v ${type}`,
    good: `"v":${good}`,
    goodValue,
    ...(read === undefined ? {} : { read }),
  };
  tablesByType.set(type, table);
  return table;
}

/** The row of the bad record with this for its column v, as JSON. */
export function imageOf({ id }: Site, v: string): string {
  return `{"id":"${id}","v":${v},"note":"bad"}`;
}

/** A payload that would be right but for what `v` is. */
export function updateOf(site: Site, v: string): string {
  const { id, table } = site;
  return `{"op":"update","table":${JSON.stringify(table)},"old":{"id":"${id}"},"new":${imageOf(site, v)}}`;
}

/** A record that would be right but for what `v` is. */
export function recordOf(site: Site, v: string): string {
  return ergateRecord(site.position(), `[${updateOf(site, v)}]`);
}

/** A record with this payload alone. */
export const onePayload = (payload: string) => (site: Site) => ergateRecord(site.position(), `[${payload}]`);

export function insertOf(table: string, image: string): string {
  return `{"op":"insert","table":${JSON.stringify(table)},"old":null,"new":${image}}`;
}

interface CaseDraft {
  readonly table?: CaseTable;
  readonly why?: string;
}

type Built = BadRecord['value'] | BadRecord;

/** A case of one record, or of several of which the same comes. */
export function aCase(
  [id, what]: readonly [id: string, what: string],
  build: (site: Site) => Built | readonly Built[],
  expected: Expected,
  { table = PLAIN, why }: CaseDraft = {},
): BadCase {
  const records = (site: Site): readonly BadRecord[] => {
    const built = build(site);
    return (Array.isArray(built) ? built : [built]).map(asRecord);
  };
  return { id, what, table, records, expected, ...(why === undefined ? {} : { why }) };
}

function asRecord(built: Built): BadRecord {
  return built === null || typeof built === 'string' || Buffer.isBuffer(built) ? { value: built } : built;
}

/**
 * Values of one column type: what they are, as JSON, and what comes of each. Each is written over a row, written as a new row,
 * and is in the image before the delete of a row that is not there, where nothing looks at it.
 */
export function valueCases(
  id: string,
  table: CaseTable,
  values: readonly (readonly [v: string, expected: Expected, why?: string])[],
): readonly BadCase[] {
  return values.map(([v, expected, why]) => {
    const type = table.columns.slice(table.columns.indexOf(' v ') + 3);
    const shown = v.length > 40 ? `${v.slice(0, 40)}…` : v;
    return aCase([id, `${shown} into ${type}`], (site) => valueRecords(site, v), inserted(expected), {
      table,
      ...(why === undefined ? {} : { why }),
    });
  });
}

function valueRecords(site: Site, v: string): readonly string[] {
  const { id, table } = site;
  return [
    recordOf(site, v),
    onePayload(insertOf(table, imageOf({ ...site, id: id + 1 }, v)))(site),
    onePayload(`{"op":"delete","table":"${table}","old":${imageOf({ ...site, id: id + 2 }, v)},"new":null}`)(site),
  ];
}

/** What is refused for the update is refused for the insert too, and what one stores the other does. */
function inserted(expected: Expected): Expected {
  const findings = expected.findings.flatMap((finding) => [0, 1].map((record) => ({ ...finding, record })));
  const rows: Expected['rows'] = (site, table) => {
    const [updated] = expected.rows(site, table);
    const added = findings.length === 0 ? [[String(site.id + 1), updated?.[1] ?? null, 'bad']] : [];
    return [...expected.rows(site, table), ...added];
  };
  return { ...expected, findings, rows };
}
