import type { RowImage } from '../../protocol/change/row-image.ts';

/**
 * In which partition of the change stream the changes of a row are, by its record key as it is now.
 *
 * @param table at the source
 * @param image the row as the source has it, or as it was when it was brought to the target; by the columns of the target
 * @returns undefined when nothing tells: another program writes the stream, or the image lacks a column of the record key
 * @throws ReplicationError as the brokers, when they cannot say how many partitions there are
 */
export type FindPartitionFunc = (table: string, image: RowImage) => Promise<number | undefined>;
