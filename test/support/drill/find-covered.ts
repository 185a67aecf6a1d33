/**
 * What a sink says is at all its targets: a note beside the offset may name what is left out, and from where on.
 * @param note of a commit: the source position, and behind a semicolon the list of [shard, table, offset]
 */
export function findCovered(offset: number, note: string): number {
  const list = note.split(';')[1];
  const leftOut: readonly (readonly unknown[])[] = list === undefined ? [] : JSON.parse(list);
  return Math.min(offset, ...leftOut.map((scope) => Number(scope[2])));
}
