import type { Clock } from '../../protocol/clock.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { RowReader } from '../row/row-reader.ts';
import type { SourceNames } from './name-row.ts';

export interface SourceTablesOptions {
  readonly settings: PipelineSettings;
  readonly source: Pick<RowReader, 'readTables'>;
  readonly clock: Clock;
}

/** A key that a table gets meanwhile is seen then. */
const REREAD_MS = 60_000;

/** What names rows at the source, read when it is first asked for: as long as nothing differs the source is left alone. */
export class SourceTables {
  readonly #options: SourceTablesOptions;
  #names: ReadonlyMap<string, SourceNames> = new Map();
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(options: SourceTablesOptions) {
    this.#options = options;
  }

  /** As they were read last. */
  get known(): ReadonlyMap<string, SourceNames> {
    return this.#names;
  }

  /** By the name of the table. @throws ReplicationError as the source */
  async read(): Promise<ReadonlyMap<string, SourceNames>> {
    const { settings, source, clock } = this.#options;
    if (clock.monotonicMs() - this.#readMs >= REREAD_MS) {
      const shapes = await source.readTables(Object.keys(settings.tables));
      this.#names = new Map(
        Object.entries(settings.tables).map(([name, { columnReplace }]) => [
          name,
          { primaryKey: shapes.get(name)?.primaryKey ?? [], filled: new Set(Object.keys(columnReplace)) },
        ]),
      );
      this.#readMs = clock.monotonicMs();
    }
    return this.#names;
  }
}
