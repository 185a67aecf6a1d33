import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import { targetName } from '../route/build-routes.ts';
import { chooseWay, type SweepWay } from './choose-way.ts';
import type { SweepSides, SweptDatabase } from './sweep-sides.ts';

type TableSettings = PipelineSettings['tables'][string];

/** A table as both sides have it now. The same object until one of them changes. */
export interface SweptTable {
  /** At the source. */
  readonly name: string;
  readonly source: TableShape;
  /** In the order of the shards. */
  readonly targets: readonly SweptTarget[];
  readonly way: SweepWay;
  /** Columns whose values are looked up, and so tell nothing of the source row. */
  readonly filled: ReadonlySet<string>;
}

export interface SweptTarget {
  readonly database: SweptDatabase;
  readonly shape: TableShape;
}

/** Keeps the shapes of a table, and tells when they are others. */
export class TableWatch {
  readonly #sides: SweepSides;
  readonly #name: string;
  readonly #targetName: string;
  readonly #filled: ReadonlySet<string>;
  #table: SweptTable | undefined;

  /** @param own what the settings say of it; undefined: nothing */
  constructor(sides: SweepSides, name: string, own: TableSettings | undefined) {
    this.#sides = sides;
    this.#name = name;
    this.#targetName = own === undefined ? name : targetName(name, own);
    this.#filled = new Set(Object.keys(own?.columnReplace ?? {}));
  }

  /** @throws ReplicationError ERG_4101; as the readers */
  async read(): Promise<SweptTable> {
    const { source, shards } = this.#sides;
    await Promise.all([source, ...shards].map(({ shapes }) => shapes.renew()));
    if (this.#table === undefined || !this.isCurrent(this.#table)) {
      this.#table = this.#build();
    }
    return this.#table;
  }

  /** Whether the shapes are still those with which the table was read. */
  isCurrent({ source, targets }: SweptTable): boolean {
    return (
      this.#sides.source.shapes.find(this.#name) === source &&
      targets.every(({ database, shape }) => database.shapes.find(this.#targetName) === shape)
    );
  }

  /** A reading failed in a way that a changed table explains. */
  async outdate(): Promise<void> {
    const { source, shards } = this.#sides;
    await Promise.all([source, ...shards].map(({ shapes }) => shapes.outdate()));
  }

  #build(): SweptTable {
    const { source: database, shards } = this.#sides;
    const source = getShape(database, this.#name);
    if (source.primaryKey.length === 0) {
      throw new ReplicationError('ERG_4101', `table ${this.#name} has no primary key at the source`);
    }
    const targets = shards.map((shard) => ({ database: shard, shape: getShape(shard, this.#targetName) }));
    const way = chooseWay(
      source,
      targets.map(({ shape }) => shape),
    );
    return { name: this.#name, source, targets, way, filled: this.#filled };
  }
}

function getShape({ name, shapes }: SweptDatabase, table: string): TableShape {
  const shape = shapes.find(table);
  if (shape === undefined) {
    throw new ReplicationError('ERG_4101', `table ${table} does not exist at ${name}`);
  }
  return shape;
}
