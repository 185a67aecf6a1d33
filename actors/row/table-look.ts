/**
 * A look at rows of one table: what the source says, what the target holds, and for those that differ what the source says
 * then. A row is different only when what should be there was the same before and after the target was read.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf, type KeyCell, type RowName } from '../../protocol/verify/row-name.ts';
import { deriveSourceKey } from './derive-source-key.ts';
import type { LookSide, Reading } from './look-side.ts';
import { arrangeSourceKey, identifyRows, type LookSubject, type LookTable } from './look-subject.ts';
import { readTargets } from './read-targets.ts';
import type { RowJudge } from './row-judge.ts';
import type { RowPlacement, RowPlacer } from './row-placer.ts';
import type { StoredRow } from './row-reader.ts';
import type { RowDifference, RowVerdict } from './row-witness.ts';
import { type ExtraRow, whyKept } from './why-kept.ts';

export interface TableLookOptions extends LookTable {
  readonly placer: Pick<RowPlacer, 'place'>;
  readonly judge: RowJudge;
}

/** What should be there. */
interface Expected {
  /** Null: no row. */
  readonly image: RowImage | null;
  /** Of the source row; undefined when there is none. */
  readonly placement: RowPlacement | undefined;
}

export class TableLook {
  readonly #options: TableLookOptions;

  constructor(options: TableLookOptions) {
    this.#options = options;
  }

  /** One verdict per row, in their order. */
  async look(rows: readonly RowName[]): Promise<readonly RowVerdict[]> {
    const verdicts = [...(await this.#lookOnce(rows))];
    await this.#lookAgain(verdicts, await this.#listOutdated(rows, verdicts), () => true);
    await this.#lookAgain(verdicts, await this.#listClaims(rows, verdicts), ({ expected }) => expected !== null);
    return verdicts;
  }

  /** @param counts whether a difference takes the place of the verdict before; anything else does */
  async #lookAgain(
    verdicts: RowVerdict[],
    rows: ReadonlyMap<number, RowName>,
    counts: (difference: RowDifference) => boolean,
  ): Promise<void> {
    const indexes = [...rows.keys()];
    for (const [at, verdict] of (await this.#lookOnce([...rows.values()])).entries()) {
      const index = indexes[at];
      if (index !== undefined && (verdict.kind !== 'different' || counts(verdict))) {
        verdicts[index] = verdict;
      }
    }
  }

  /** Rows of tables that turned out not to be as they were read; they are read anew. */
  async #listOutdated(
    rows: readonly RowName[],
    verdicts: readonly RowVerdict[],
  ): Promise<ReadonlyMap<number, RowName>> {
    const outdated = new Map(
      [...rows.entries()].filter(([index]) => {
        const verdict = verdicts[index];
        return verdict?.kind === 'unreadable' && verdict.error.class === 'schema';
      }),
    );
    if (outdated.size > 0) {
      const { source, targets } = this.#options;
      await Promise.all([source, ...targets.values()].map((side) => side.outdate()));
    }
    return outdated;
  }

  /**
   * Rows that should not be there for all that the source row says by which they are named, while they themselves say that
   * they are of another one: it may have got the key since.
   */
  async #listClaims(rows: readonly RowName[], verdicts: readonly RowVerdict[]): Promise<ReadonlyMap<number, RowName>> {
    const claims = new Map<number, RowName>();
    for (const [index, row] of rows.entries()) {
      const verdict = verdicts[index];
      const claimed = verdict?.kind === 'different' ? await this.#findClaim(row, verdict) : undefined;
      if (claimed !== undefined) {
        claims.set(index, { ...row, sourceKey: claimed });
      }
    }
    return claims;
  }

  async #findClaim(row: RowName, { expected, actual }: RowDifference): Promise<readonly KeyCell[] | undefined> {
    const sourceTable = await this.#options.source.readShape(row.table);
    if (expected !== null || actual === null || sourceTable instanceof ReplicationError) {
      return undefined;
    }
    const { primaryKey } = sourceTable;
    const claimed = deriveSourceKey(primaryKey, actual, this.#options.notOfSource);
    return claimed === undefined || isDeepStrictEqual(cellsOf(claimed), arrangeSourceKey(primaryKey, row))
      ? undefined
      : claimed;
  }

  async #lookOnce(rows: readonly RowName[]): Promise<readonly RowVerdict[]> {
    const verdicts: Map<RowName, RowVerdict> = new Map();
    const found = await identifyRows(this.#options, rows);
    const subjects: readonly LookSubject[] = sift(rows, found, verdicts).map(([, subject]) => subject);
    const before = new Map(sift(subjects, await this.#expect(subjects), verdicts));
    const asked = [...before.keys()];
    const suspects: LookSubject[] = [];
    const readings = await readTargets(asked.map(({ target }) => target));
    for (const [subject, actual] of sift(asked, readings, verdicts)) {
      const verdict = this.#options.judge.judge(
        subject.target.table,
        before.get(subject)?.image ?? null,
        actual?.image ?? null,
      );
      verdicts.set(subject.row, verdict);
      if (verdict.kind === 'different') {
        suspects.push(subject);
      }
    }
    const still = sift(suspects, await confirmTables(suspects, this.#options.source), verdicts).map(([one]) => one);
    if (still.some((subject) => isElsewhere(before.get(subject)))) {
      const { targets, targetTable } = this.#options;
      await Promise.all([...targets.values()].map((side) => side.readShape(targetTable))); // to ask for rows there
    }
    const extras: ExtraRow[] = [];
    for (const [subject, { image, placement }] of sift(still, await this.#expect(still), verdicts)) {
      if (!isSame(before.get(subject)?.image ?? null, image)) {
        verdicts.set(subject.row, { kind: 'moving' });
      } else if (image === null) {
        extras.push({ subject, placement });
      }
    }
    await this.#keep(extras, verdicts);
    return rows.map(
      (row) =>
        verdicts.get(row) ?? { kind: 'unreadable', error: new ReplicationError('ERG_9000', 'a row has no verdict') },
    );
  }

  async #keep(extras: readonly ExtraRow[], verdicts: Map<RowName, RowVerdict>): Promise<void> {
    const reasons = extras.length === 0 ? [] : await whyKept(this.#options, extras);
    for (const [index, { subject }] of extras.entries()) {
      const verdict = verdicts.get(subject.row);
      const keptFor = reasons[index];
      if (verdict?.kind === 'different' && keptFor !== undefined) {
        verdicts.set(subject.row, { ...verdict, keptFor });
      }
    }
  }

  /** What should be at the target, as the source says now. */
  async #expect(subjects: readonly LookSubject[]): Promise<readonly (Expected | ReplicationError)[]> {
    const { source, placer, table } = this.#options;
    const [first] = subjects;
    if (first === undefined) {
      return [];
    }
    const readings = await source.read(
      first.sourceTable,
      subjects.map(({ sourceKey }) => sourceKey),
    );
    const stored = [...new Set(readings)].filter((reading) => isStored(reading));
    const placements = await placer.place(
      table,
      stored.map(({ image }) => image),
    );
    const placementOf = new Map(stored.map((row, index) => [row, placements[index]]));
    return Promise.all(
      subjects.map((subject, index) => {
        const reading = readings[index];
        return isStored(reading) ? expectHere(subject, placementOf.get(reading)) : (reading ?? NO_ROW);
      }),
    );
  }
}

const NO_ROW: Expected = { image: null, placement: undefined };

/** A type that changed since shapes were read makes equal values look different. One answer for each. */
async function confirmTables(
  subjects: readonly LookSubject[],
  source: LookSide,
): Promise<readonly (ReplicationError | undefined)[]> {
  const [first] = subjects;
  const ofSource = first === undefined ? undefined : await source.confirm(first.sourceTable);
  const targets = new Map(subjects.map(({ target }) => [target.side, target.table]));
  const ofTargets = new Map(
    await Promise.all([...targets].map(async ([side, table]) => [side, await side.confirm(table)] as const)),
  );
  return subjects.map(({ target }) => ofSource ?? ofTargets.get(target.side));
}

function isStored(reading: Reading): reading is StoredRow {
  return reading !== undefined && !(reading instanceof ReplicationError);
}

/** What the placement of a source row means for the row at the target that is looked at. */
async function expectHere(
  { row, target }: LookSubject,
  placement: RowPlacement | ReplicationError | undefined,
): Promise<Expected | ReplicationError> {
  if (placement instanceof ReplicationError) {
    return placement;
  }
  const placed = placement?.get(row.shard);
  if (placed === undefined || placed instanceof ReplicationError) {
    return placed ?? { image: null, placement };
  }
  const isHere = await target.side.isSameRow(placed.table, placed.keyCells, target.key);
  return isHere instanceof ReplicationError ? isHere : { image: isHere ? placed.image : null, placement };
}

function isElsewhere(expected: Expected | undefined): boolean {
  return expected?.image === null && expected.placement !== undefined;
}

function isSame(before: RowImage | null, after: RowImage | null): boolean {
  return isDeepStrictEqual(before?.layout.names, after?.layout.names) && isDeepStrictEqual(before?.cells, after?.cells);
}

/** Pairs what there is an answer for; the rest is unreadable. */
function sift<Asked extends RowName | LookSubject, Answer>(
  asked: readonly Asked[],
  answers: readonly (Answer | ReplicationError)[],
  verdicts: Map<RowName, RowVerdict>,
): readonly (readonly [Asked, Answer])[] {
  return asked.flatMap((one, index): readonly (readonly [Asked, Answer])[] => {
    const answer = answers[index] as Answer | ReplicationError; // one answer for each
    if (answer instanceof ReplicationError) {
      verdicts.set('row' in one ? one.row : one, { kind: 'unreadable', error: answer });
      return [];
    }
    return [[one, answer]];
  });
}
