/**
 * A range of keyspace ids, written as Vitess does: "-80", "80-c0", "c0-", "-" for all. Ends are hexadecimal, read from the
 * highest byte: 80 is the middle.
 */
export interface KeyRange {
  /** First id within; >= 0. */
  readonly from: bigint;
  /** First id behind; <= 2^64. */
  readonly below: bigint;
}

export const KEYSPACE_END = 2n ** 64n;

export const KEY_RANGE_PATTERN = /^((?:[0-9a-f]{2}){0,8})-((?:[0-9a-f]{2}){0,8})$/i;

/** @param text must match the pattern */
export function parseKeyRange(text: string): KeyRange {
  const [, from = '', below = ''] = KEY_RANGE_PATTERN.exec(text) ?? [];
  return { from: readEnd(from), below: below === '' ? KEYSPACE_END : readEnd(below) };
}

/** In the notation of Vitess, as short as it can be. */
export function formatKeyRange({ from, below }: KeyRange): string {
  return `${formatEnd(from)}-${formatEnd(below)}`;
}

/** The ranges that Vitess gives to so many shards when nobody says otherwise: cut at whole bytes, or pairs above 256. */
export function splitKeyspace(shards: number): readonly KeyRange[] {
  const parts = shards <= 256 ? 256 : 65_536;
  const unit = KEYSPACE_END / BigInt(parts);
  const size = parts / shards; // rounded like theirs, so that every cut is theirs
  const cut = (index: number) => (index === shards ? KEYSPACE_END : BigInt(Math.floor(index * size)) * unit);
  return Array.from({ length: shards }, (_, index) => ({ from: cut(index), below: cut(index + 1) }));
}

function readEnd(hex: string): bigint {
  return BigInt(`0x${hex.padEnd(16, '0')}`);
}

function formatEnd(end: bigint): string {
  return end === KEYSPACE_END || end === 0n
    ? ''
    : end
        .toString(16)
        .padStart(16, '0')
        .replace(/(00)+$/, '');
}
