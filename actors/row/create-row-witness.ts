/**
 * The look that decides: source, target, source, on the primaries of both sides.
 *
 * A difference says how things were at that moment. Whoever asks sees to it that what had been committed at the source
 * before could have arrived.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { targetName } from '../route/build-routes.ts';
import { missingTable } from '../route/missing-table.ts';
import type { RouteDeps } from '../route/route-deps.ts';
import { LookSide } from './look-side.ts';
import type { LookTable } from './look-subject.ts';
import { RowJudge } from './row-judge.ts';
import { RowPlacer } from './row-placer.ts';
import type { RowReader } from './row-reader.ts';
import type { RowVerdict, RowWitness } from './row-witness.ts';
import { TableLook } from './table-look.ts';
import { TableShapes } from './table-shapes.ts';

/** The primary of one shard. */
export interface ShardReader {
  readonly name: string;
  readonly reader: RowReader;
}

export interface RowWitnessOptions {
  readonly settings: PipelineSettings;
  /** The primary of the source. */
  readonly source: RowReader;
  /** In the order of the settings. */
  readonly targets: readonly ShardReader[];
  readonly openLookup: RouteDeps['openLookup'];
  readonly clock: Clock;
}

/** Since it was made. */
export interface WitnessCounts {
  /** Rows that the source was asked for, without look-ups. */
  sourceReads: number;
  targetReads: number;
}

export interface CountingRowWitness extends RowWitness {
  readonly counts: Readonly<WitnessCounts>;
}

/** Of one table, before the next are looked at: bounds what is held, and how long one look keeps a connection. */
const MAX_ROWS = 500;

/** Readers stay the caller's, and are closed by it. @throws ReplicationError ERG_2102, ERG_2105 */
export function createRowWitness(options: RowWitnessOptions): CountingRowWitness {
  return new PrimaryRowWitness(options);
}

class PrimaryRowWitness implements CountingRowWitness {
  readonly counts: WitnessCounts = { sourceReads: 0, targetReads: 0 };
  readonly #options: RowWitnessOptions;
  readonly #source: TableShapes;
  readonly #targets: readonly { readonly shapes: TableShapes; readonly reader: RowReader }[];
  readonly #placer: RowPlacer;
  readonly #judge: RowJudge;

  constructor(options: RowWitnessOptions) {
    const { settings, source, targets, openLookup, clock } = options;
    const tables = Object.entries(settings.tables);
    this.#options = options;
    this.#source = new TableShapes({
      name: settings.source.database,
      reader: source,
      wanted: new Map(tables.map(([table]) => [table, new Set()])),
      clock,
    });
    const wanted = new Map(tables.map(([name, table]) => [targetName(name, table), new Set(table.ignoreColumns)]));
    this.#targets = targets.map(({ name, reader }) => ({
      shapes: new TableShapes({ name, reader, wanted, clock }),
      reader,
    }));
    this.#placer = new RowPlacer({ settings, shards: this.#targets.map(({ shapes }) => shapes), openLookup });
    this.#judge = new RowJudge(Object.values(settings.marker));
  }

  async look(rows: readonly RowName[]): Promise<readonly RowVerdict[]> {
    const verdicts = new Map<RowName, RowVerdict>();
    const sides = this.#openSides();
    for (const [table, ofTable] of Map.groupBy(rows, ({ table }) => table)) {
      for (let at = 0; at < ofTable.length; at += MAX_ROWS) {
        const batch = ofTable.slice(at, at + MAX_ROWS);
        const found = await this.#lookAt(table, batch, sides);
        for (const [index, row] of batch.entries()) {
          verdicts.set(row, found[index] ?? unreadable(new ReplicationError('ERG_9000', 'a row has no verdict')));
        }
      }
    }
    return rows.map((row) => verdicts.get(row) ?? unreadable(new ReplicationError('ERG_9000', 'a row has no verdict')));
  }

  async #lookAt(
    table: string,
    rows: readonly RowName[],
    sides: Pick<LookTable, 'source' | 'targets'>,
  ): Promise<readonly RowVerdict[]> {
    const { tables } = this.#options.settings;
    const own = Object.hasOwn(tables, table) ? tables[table] : undefined;
    if (own === undefined) {
      return rows.map(() => unreadable(new ReplicationError('ERG_4083', `table ${table} is not replicated`)));
    }
    try {
      const look = new TableLook({
        table,
        targetTable: targetName(table, own),
        notOfSource: new Set([...Object.keys(own.columnReplace), ...own.ignoreColumns]),
        placer: this.#placer,
        judge: this.#judge,
        ...sides,
      });
      return await look.look(rows);
    } catch (error) {
      return rows.map(() => unreadable(asReplicationError(error)));
    }
  }

  #openSides(): Pick<LookTable, 'source' | 'targets'> {
    const { source, settings } = this.#options;
    const targets = this.#targets.map(({ shapes, reader }) => {
      const { name } = shapes.shard;
      const side = new LookSide({
        shapes,
        reader,
        onRead: (rows) => {
          this.counts.targetReads += rows;
        },
        missing: (table) => missingTable(name, table),
        changed: (table) => new ReplicationError('ERG_3401', `table ${table} was changed at ${name} while it was read`),
      });
      return [name, side] as const;
    });
    return {
      targets: new Map(targets),
      source: new LookSide({
        shapes: this.#source,
        reader: source,
        onRead: (rows) => {
          this.counts.sourceReads += rows;
        },
        missing: (table) =>
          new ReplicationError('ERG_4082', `table ${table} does not exist at ${settings.source.database}`),
        changed: (table) =>
          new ReplicationError('ERG_4082', `table ${table} of the source was changed while it was read`),
      }),
    };
  }
}

function unreadable(error: ReplicationError): RowVerdict {
  return { kind: 'unreadable', error };
}
