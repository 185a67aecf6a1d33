import { targetName } from '../route/build-routes.ts';
import { createRowWitness, type RowWitnessOptions } from '../row/create-row-witness.ts';
import { RowPlacer } from '../row/row-placer.ts';
import { TableShapes } from '../row/table-shapes.ts';
import { createImageComparer } from './compare-images.ts';
import type { SweepSides } from './sweep-sides.ts';

/** Of readers on the primaries of both sides. @throws ReplicationError ERG_2102, ERG_2105 */
export function createSweepSides(options: RowWitnessOptions): SweepSides & { readonly close: () => void } {
  const { settings, source, targets, openLookup, clock } = options;
  const tables = Object.entries(settings.tables);
  const name = settings.source.database;
  const ofSource = new Map(tables.map(([table]) => [table, new Set<string>()]));
  const ofTarget = new Map(tables.map(([table, own]) => [targetName(table, own), new Set(own.ignoreColumns)]));
  const shards = targets.map((target) => ({
    ...target,
    shapes: new TableShapes({ ...target, wanted: ofTarget, clock }),
  }));
  return {
    source: { name, reader: source, shapes: new TableShapes({ name, reader: source, wanted: ofSource, clock }) },
    shards,
    placer: new RowPlacer({ settings, shards: shards.map(({ shapes }) => shapes), openLookup }),
    filledOf: (table) => new Set(Object.keys(settings.tables[table]?.columnReplace ?? {})),
    witness: createRowWitness(options),
    compare: createImageComparer(Object.values(settings.marker)),
    close: () => {
      for (const { reader } of [{ reader: source }, ...targets]) {
        reader.close();
      }
    },
  };
}
