import { type ColumnText, compareKeys, type Scan, type ScannedRow, type Snapshot } from './table-scan.ts';

type DifferenceKind = 'missing' | 'extra' | 'different' | 'unmarked';

interface Difference {
  readonly kind: DifferenceKind;
  /** Primary key, parts joined by ",". */
  readonly key: string;
  /** Columns that differ, or marker columns that are not filled. */
  readonly columns: readonly string[];
}

export interface TableResult {
  readonly target: string;
  readonly table: string;
  readonly rows: number;
  /** In the source, not at the target. */
  readonly missing: number;
  /** At the target, not in the source or not meant for this target. */
  readonly extra: number;
  /** Present on both sides with a different value in a common column. */
  readonly different: number;
  /** Expected at the target and there, but its marker columns do not say that ergate wrote it. */
  readonly unmarked: number;
  /** The first 20. */
  readonly examples: readonly Difference[];
  /** Columns that only one side has; they are not compared. */
  readonly uncompared: readonly string[];
  /** Why the table could not be compared at all. */
  readonly failure: string | undefined;
}

/** What of a source table belongs to one target table. */
export interface TablePair {
  readonly target: string;
  readonly table: string;
  readonly sourceFrom: string;
  readonly sourceWhere: string;
  /** Columns that only the target has, with what must stand there. */
  readonly filled?: Readonly<Record<string, string>> | undefined;
}

const MAX_EXAMPLES = 20;
const WRITER_COLUMN = 'ergate_yn';
const VERSION_COLUMN = 'ergate_seq';
const MARKER_COLUMNS = new Set([WRITER_COLUMN, 'rpc_time', VERSION_COLUMN]);
/** 1 and 2, by a forced sync, in hexadecimal. */
const WRITTEN_BY_ERGATE: readonly unknown[] = ['31', '32'];

export function isEqual(result: TableResult): boolean {
  return result.failure === undefined && result.missing + result.extra + result.different + result.unmarked === 0;
}

/** Walks both sides in key order, side by side. */
export async function compareTable(pair: TablePair, source: Snapshot, target: Snapshot): Promise<TableResult> {
  const tally = new Tally(pair);
  const [sourceTable, targetTable] = await Promise.all([source.readTable(pair.table), target.readTable(pair.table)]);
  if (sourceTable === undefined || targetTable === undefined) {
    return tally.fail(`table ${pair.table} does not exist at the ${sourceTable === undefined ? 'source' : 'target'}`);
  }
  const key = sourceTable.primaryKey;
  if (key.length === 0 || key.join() !== targetTable.primaryKey.join()) {
    return tally.fail(`primary key (${key.join()}) at the source, (${targetTable.primaryKey.join()}) at the target`);
  }
  const targetNames = new Set(targetTable.columns.map(({ name }) => name));
  const filled = Object.entries(pair.filled ?? {}).map(([name, expression]) => ({ name, type: 'text', expression }));
  const common = sourceTable.columns.filter(({ name }) => targetNames.has(name) && !MARKER_COLUMNS.has(name));
  const expected = [...common, ...filled];
  const found = expected.map(({ name, type }) => ({ name, type }));
  const markers = targetTable.columns.filter(({ name }) => name === WRITER_COLUMN || name === VERSION_COLUMN);
  if (markers.length < 2) {
    return tally.fail(`marker columns ${WRITER_COLUMN} and ${VERSION_COLUMN} are not at the target`);
  }
  tally.setColumns(expected, markers, [...sourceTable.columns, ...targetTable.columns]);
  const sourceScan: Scan = { from: pair.sourceFrom, where: pair.sourceWhere, key, columns: expected };
  const targetScan: Scan = { from: `\`${pair.table}\` t`, where: 'TRUE', key, columns: [...found, ...markers] };
  await walk(source.scan(sourceScan), target.scan(targetScan), tally);
  return tally.result();
}

async function walk(
  source: AsyncGenerator<ScannedRow>,
  target: AsyncGenerator<ScannedRow>,
  tally: Tally,
): Promise<void> {
  let [left, right] = await Promise.all([source.next(), target.next()]);
  while (!(left.done && right.done)) {
    const order = left.done ? 1 : right.done ? -1 : compareKeys(left.value.key, right.value.key);
    if (order < 0) {
      tally.missing(left.value);
    } else if (order > 0) {
      tally.extra(right.value);
    } else {
      tally.pair(left.value, right.value);
    }
    [left, right] = await Promise.all([order <= 0 ? source.next() : left, order >= 0 ? target.next() : right]);
  }
}

class Tally {
  readonly #pair: TablePair;
  readonly #counts: Record<DifferenceKind, number> = { missing: 0, extra: 0, different: 0, unmarked: 0 };
  readonly #examples: Difference[] = [];
  #rows = 0;
  #names: readonly string[] = [];
  #commonCount = 0;
  #uncompared: readonly string[] = [];

  constructor(pair: TablePair) {
    this.#pair = pair;
  }

  setColumns(common: readonly ColumnText[], markers: readonly ColumnText[], all: readonly ColumnText[]): void {
    this.#names = [...common, ...markers].map(({ name }) => name);
    this.#commonCount = common.length;
    const compared = new Set([...this.#names, ...MARKER_COLUMNS]);
    this.#uncompared = [...new Set(all.map(({ name }) => name))].filter((name) => !compared.has(name));
  }

  missing(row: ScannedRow): void {
    this.#rows++;
    this.#note('missing', row, []);
  }

  extra(row: ScannedRow): void {
    this.#note('extra', row, []);
  }

  pair(source: ScannedRow, target: ScannedRow): void {
    this.#rows++;
    const differing: string[] = [];
    for (let position = 0; position < this.#commonCount; position++) {
      if (source.cells[position] !== target.cells[position]) {
        differing.push(this.#names[position] ?? '');
      }
    }
    if (differing.length > 0) {
      this.#note('different', target, differing);
    }
    this.#checkMarkers(target);
  }

  fail(failure: string): TableResult {
    return { ...this.result(), failure };
  }

  result(): TableResult {
    const { target, table } = this.#pair;
    const examples = this.#examples;
    return {
      target,
      table,
      rows: this.#rows,
      ...this.#counts,
      examples,
      uncompared: this.#uncompared,
      failure: undefined,
    };
  }

  #checkMarkers(row: ScannedRow): void {
    const unfilled = this.#names.slice(this.#commonCount).filter((name, index) => {
      const cell = row.cells[this.#commonCount + index];
      return name === WRITER_COLUMN ? !WRITTEN_BY_ERGATE.includes(cell) : cell === null;
    });
    if (unfilled.length > 0) {
      this.#note('unmarked', row, unfilled);
    }
  }

  #note(kind: DifferenceKind, row: ScannedRow, columns: readonly string[]): void {
    this.#counts[kind]++;
    if (this.#examples.length < MAX_EXAMPLES) {
      this.#examples.push({ kind, key: row.key.join(','), columns });
    }
  }
}
