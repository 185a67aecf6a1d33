/** Which partition of the change stream the changes of a row are in. */
import { joinRecordKey } from '../../protocol/change/record-key.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';
import { choosePartition } from '../stream/choose-partition.ts';

export class RowOwner {
  /** Columns of the record key, by table. */
  readonly #recordKeys: ReadonlyMap<string, readonly string[]>;
  readonly #partitions: number;

  /** @param recordKeys of the captures that write the topic; empty when another program does, whose choice nothing tells */
  constructor(recordKeys: ReadonlyMap<string, readonly string[]>, partitions: number) {
    this.#recordKeys = recordKeys;
    this.#partitions = partitions;
  }

  get partitions(): number {
    return this.#partitions;
  }

  /**
   * As the capture chooses it, of a row as it is at the source, or as it was when it was brought to the target. Undefined
   * when nothing tells.
   */
  find(table: string, image: RowImage): number | undefined {
    const columns = this.#recordKeys.get(table);
    const cells = columns?.map((column) => findCell(image, column));
    if (cells === undefined || !cells.every((cell) => cell === null || typeof cell === 'string')) {
      return undefined;
    }
    return choosePartition(joinRecordKey(cells), this.#partitions);
  }
}

/** @param captures all of the settings */
export function listRecordKeys(
  captures: Readonly<Record<string, CaptureSettings>>,
  topic: string,
): ReadonlyMap<string, readonly string[]> {
  const ofTopic = Object.values(captures).filter((capture) => capture.topic === topic);
  return new Map(
    ofTopic.flatMap(({ tables }) =>
      Object.entries(tables).map(([table, { recordKey }]) => [table, recordKey] as const),
    ),
  );
}
