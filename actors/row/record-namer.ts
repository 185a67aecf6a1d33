/**
 * Names the rows of a record that could not be applied, as the write path would place them now: what counts is what the
 * source says of them, not what the record says.
 */
import { buildDecoder } from '../../protocol/change/decode/build-decoder.ts';
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { KeyCell, RowName } from '../../protocol/verify/row-name.ts';
import { planTableKey } from '../catalog/plan-table-key.ts';
import { buildTargetColumns } from '../route/column-forms.ts';
import { countPayloads } from '../route/record-router.ts';
import type { Finding } from '../state/finding.ts';
import { arrangeKey, deriveSourceKey } from './derive-source-key.ts';
import type { PlacedRow, RowPlacement, RowPlacer } from './row-placer.ts';
import type { RowReader } from './row-reader.ts';
import type { TableShapes } from './table-shapes.ts';

export interface RecordNamerOptions {
  readonly settings: PipelineSettings;
  readonly source: Pick<TableShapes, 'find' | 'renew'>;
  /** Its primary, asked only for rows whose look-up finds nothing. */
  readonly sourceRows: Pick<RowReader, 'readMany'>;
  /** In the order of the settings. */
  readonly shards: readonly Pick<TableShapes, 'find' | 'renew'>[];
  readonly placer: Pick<RowPlacer, 'place' | 'placeEverywhere'>;
}

/** No column of a source row is looked up. */
const NOTHING_FILLED: ReadonlySet<string> = new Set();

/** The rows that changes mean, each once, and why others cannot be named. */
export interface NamedRows {
  readonly rows: readonly RowName[];
  readonly failures: readonly ReplicationError[];
}

export class RecordNamer {
  /** Only after renew() does it know the columns of the target. */
  readonly decoder: RecordDecoder;
  readonly #options: RecordNamerOptions;

  constructor(options: RecordNamerOptions) {
    const { settings, shards } = options;
    this.#options = options;
    this.decoder = buildDecoder(settings.source, buildTargetColumns(settings, shards));
  }

  /** @throws ReplicationError of class row when it cannot be decoded or placed, of another when it may be asked again */
  async nameRows(finding: Pick<Finding, 'recordValue' | 'payloadIndex'>): Promise<readonly RowName[]> {
    await this.renew();
    const { rows, failures } = await this.nameChanges(this.#listChanges(finding));
    const [failure] = failures;
    if (failure !== undefined) {
      throw failure;
    }
    return rows;
  }

  /** Of changes that were decoded after renew(). @throws ReplicationError as the placer */
  async nameChanges(changes: readonly RowChange[]): Promise<NamedRows> {
    const names = new Map<string, RowName>();
    const failures: ReplicationError[] = [];
    for (const [table, own] of Map.groupBy(changes, (change) => change.table)) {
      for (const named of await this.#nameOfTable(table, own)) {
        if (named instanceof ReplicationError) {
          failures.push(named);
        } else {
          names.set(JSON.stringify([table, named.shard, named.rowKey]), named);
        }
      }
    }
    return { rows: [...names.values()], failures };
  }

  /** What the decoder and the names go by is read when that is due. @throws ReplicationError as the readers of both sides */
  async renew(): Promise<void> {
    const { source, shards } = this.#options;
    await Promise.all([source, ...shards].map((shapes) => shapes.renew()));
  }

  /** Those that the finding means. */
  #listChanges({ recordValue, payloadIndex }: Pick<Finding, 'recordValue' | 'payloadIndex'>): readonly RowChange[] {
    if (recordValue === null) {
      return [];
    }
    const record = this.decoder.decode(recordValue);
    if (record.kind !== 'transaction') {
      return [];
    }
    const { changes, failures } = record.transaction;
    const failure = failures.find((one) => payloadIndex < 0 || one.payloadIndex === payloadIndex);
    if (failure !== undefined) {
      throw new ReplicationError(failure.code, failure.message);
    }
    const payloadOf = countPayloads(failures);
    return payloadIndex < 0 ? changes : changes.filter((_, index) => payloadOf(index) === payloadIndex);
  }

  async #nameOfTable(table: string, changes: readonly RowChange[]): Promise<readonly (RowName | ReplicationError)[]> {
    const { settings, source } = this.#options;
    if (!Object.hasOwn(settings.tables, table)) {
      return [];
    }
    // A row that is gone, or has another key now, is named by what it was.
    const images = changes.flatMap(({ before, after }) => [before, after]).filter((image) => image !== null);
    const primaryKey = source.find(table)?.primaryKey ?? [];
    return (await this.#place(table, images)).flatMap((placement, index) =>
      placement instanceof ReplicationError
        ? [placement]
        : [...placement].map(([shard, placed]) =>
            placed instanceof ReplicationError ? placed : nameRow({ table, shard, placed }, images[index], primaryKey),
          ),
    );
  }

  /**
   * What a row would be placed by may have gone with it, so that no look-up finds it: one that the source has no more belongs on
   * no shard, and is looked for on all.
   */
  async #place(table: string, images: readonly RowImage[]): Promise<readonly (RowPlacement | ReplicationError)[]> {
    const { placer } = this.#options;
    const placements = await placer.place(table, images);
    const isLost = (index: number) => {
      const placement = placements[index];
      return placement instanceof ReplicationError && placement.code === 'ERG_2001';
    };
    const gone = await this.#findGone(
      table,
      images.filter((_, index) => isLost(index)),
    );
    return placements.map((placement, index) => {
      const image = images[index];
      return image !== undefined && gone.has(image) ? placer.placeEverywhere(table, image) : placement;
    });
  }

  /** Those of the images whose rows the source does not have. @throws ReplicationError as the reader */
  async #findGone(table: string, images: readonly RowImage[]): Promise<ReadonlySet<RowImage>> {
    const { source, sourceRows } = this.#options;
    const shape = source.find(table);
    if (shape === undefined) {
      return new Set();
    }
    const keys = images.flatMap((image) => {
      const named = deriveSourceKey(shape.primaryKey, image, NOTHING_FILLED) ?? [];
      const cells = arrangeKey(shape.primaryKey, named);
      return cells === undefined ? [] : [{ image, cells }];
    });
    if (keys.length === 0) {
      return new Set();
    }
    const found = await sourceRows.readMany(
      shape,
      keys.map(({ cells }) => cells),
    );
    const gone = keys.filter(({ cells }) => !found.has(encodeRowKey(planTableKey(shape), cells)));
    return new Set(gone.map(({ image }) => image));
  }
}

function nameRow(
  { table, shard, placed }: { readonly table: string; readonly shard: string; readonly placed: PlacedRow },
  image: RowImage | undefined,
  primaryKey: readonly string[],
): RowName {
  const targetKey = placed.table.primaryKey.map((column, index): KeyCell => [column, textOf(placed.keyCells[index])]);
  const sourceKey = image === undefined ? undefined : deriveSourceKey(primaryKey, image, NOTHING_FILLED);
  return { table, shard, rowKey: placed.key, targetKey, sourceKey: sourceKey ?? [] };
}

/** A key holds neither NULL nor a document (row-key.ts). */
function textOf(cell: unknown): string {
  return typeof cell === 'string' ? cell : String(Number(cell === true));
}
