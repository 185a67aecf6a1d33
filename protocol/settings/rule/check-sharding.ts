/** How a pipeline chooses a shard: every key has exactly one, and every shard that is named exists. */
import { formatKeyRange, KEYSPACE_END, type KeyRange, parseKeyRange } from '../../route/key-range.ts';
import { findNearestWord } from '../nearest-word.ts';
import type { SettingsDraft } from '../settings-draft.ts';
import type { SettingsPath } from '../settings-node.ts';
import type { Complaint } from '../settings-problem.ts';
import type { PipelineSettings, TargetSettings } from '../settings-schema.ts';

/** Which setting belongs to which way. */
const OPTIONS = { keyspace: 'hash', ranges: 'range', shardOf: 'lookup', otherShard: 'lookup' } as const;

export function checkSharding(draft: SettingsDraft, name: string, { target }: PipelineSettings): Complaint[] {
  const path = ['pipelines', name, 'target'];
  const shards = draft.databases.get(target.database)?.shards.map((shard) => shard.name);
  // A range that is wrong in itself is left out here: nothing can be said about how the others fit.
  const fits = [...checkRanges(path, target), ...(shards === undefined ? [] : checkKeyspace(path, target, shards))];
  const against = (complaint: Complaint) => ({ ...complaint, against: complaint.path.slice(0, path.length + 1) });
  return [
    ...checkWay(path, target, shards?.length ?? 1),
    ...checkOptions(path, target),
    ...(shards === undefined ? [] : listNamedShards(path, target).flatMap((named) => checkShard(named, shards))),
    ...fits.map(against),
  ];
}

function checkWay(path: SettingsPath, { shardBy, database }: TargetSettings, shards: number): Complaint[] {
  if (shards === 1 || shardBy !== 'single') {
    return [];
  }
  const got = `single, and ${database} has ${shards} shards`;
  return [{ path: [...path, 'shardBy'], expected: 'a way to choose a shard', got, hint: 'modulo' }];
}

/** Options of another way would be a wish that nobody hears. */
function checkOptions(path: SettingsPath, target: TargetSettings): Complaint[] {
  const unheard = Object.entries(OPTIONS).flatMap(([option, way]) =>
    Object.hasOwn(target, option) && target.shardBy !== way
      ? [{ path: [...path, option], expected: `shardBy: ${way} beside ${option}`, got: `shardBy: ${target.shardBy}` }]
      : [],
  );
  const missing = (['ranges', 'shardOf'] as const).flatMap((option) =>
    target.shardBy === OPTIONS[option] && target[option] === undefined
      ? [
          {
            path: [...path, 'shardBy'],
            against: [...path, option],
            expected: `${option} beside shardBy: ${target.shardBy}`,
            got: 'none',
          },
        ]
      : [],
  );
  return [...unheard, ...missing];
}

interface NamedShard {
  readonly path: SettingsPath;
  readonly shard: string;
}

function listNamedShards(path: SettingsPath, target: TargetSettings): NamedShard[] {
  const { ranges = [], shardOf = {}, otherShard, keyspace = {} } = target;
  return [
    ...ranges.map(({ shard }, index) => ({ path: [...path, 'ranges', index, 'shard'], shard })),
    ...Object.entries(shardOf).map(([key, shard]) => ({ path: [...path, 'shardOf', key], shard })),
    ...(otherShard === undefined ? [] : [{ path: [...path, 'otherShard'], shard: otherShard }]),
    ...Object.keys(keyspace).map((shard) => ({ path: [...path, 'keyspace', shard], shard })),
  ];
}

function checkShard({ path, shard }: NamedShard, shards: readonly string[]): Complaint[] {
  if (shards.includes(shard)) {
    return [];
  }
  const expected = `one of the shards ${shards.join(', ')}`;
  return [{ path, expected, got: shard, hint: findNearestWord(shard, shards) }];
}

interface Range<T> {
  readonly path: SettingsPath;
  readonly from: T;
  readonly below: T;
}

function checkRanges(path: SettingsPath, { ranges = [] }: TargetSettings): Complaint[] {
  const read = ranges.map(({ from, below }, index) => ({
    path: [...path, 'ranges', index],
    from: from ?? Number.NEGATIVE_INFINITY,
    below: below ?? Number.POSITIVE_INFINITY,
  }));
  return checkCover(read, {
    first: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    format: ({ from, below }) => `${formatEnd(from, 'from')} ${formatEnd(below, 'below')}`,
    names: ['a range without from', 'a range without below'],
  });
}

function formatEnd(end: number, name: string): string {
  return Number.isFinite(end) ? `${name} ${end}` : `without ${name}`;
}

function checkKeyspace(path: SettingsPath, { keyspace }: TargetSettings, shards: readonly string[]): Complaint[] {
  if (keyspace === undefined) {
    return [];
  }
  const read = Object.entries(keyspace).map(([shard, text]) => ({
    path: [...path, 'keyspace', shard],
    ...parseKeyRange(text),
  }));
  const forgotten = shards.filter((shard) => !Object.hasOwn(keyspace, shard));
  return [
    ...(forgotten.length === 0
      ? []
      : [{ path: [...path, 'keyspace'], expected: `a range for each shard`, got: `none for ${forgotten.join(', ')}` }]),
    ...checkCover(read, {
      first: 0n,
      end: KEYSPACE_END,
      format: (range: KeyRange) => formatKeyRange(range),
      names: ['a range from the start such as -80', 'a range to the end such as 80-'],
    }),
  ];
}

interface Cover<T extends number | bigint> {
  readonly first: T;
  readonly end: T;
  readonly format: (range: { readonly from: T; readonly below: T }) => string;
  /** What is expected at the lower and at the upper end. */
  readonly names: readonly [lowest: string, highest: string];
}

/** Ranges that hold every key exactly once: none is empty, none overlaps another, and nothing lies between two. */
function checkCover<T extends number | bigint>(ranges: readonly Range<T>[], cover: Cover<T>): Complaint[] {
  const { format, names, first, end } = cover;
  const empty = ranges.filter(({ from, below }) => from >= below);
  if (empty.length > 0) {
    return empty.map((range) => ({
      path: range.path,
      expected: 'a range that ends behind its start',
      got: format(range),
    }));
  }
  const sorted = ranges.toSorted((left, right) => (left.from < right.from ? -1 : Number(left.from > right.from)));
  const complaints: Complaint[] = sorted.flatMap((range, index) => {
    const before = sorted[index - 1];
    if (before === undefined || before.below === range.from) {
      return [];
    }
    const fault = before.below > range.from ? 'that overlaps' : 'with a gap behind';
    const got = `${format(range)}, ${fault} ${format(before)}`;
    return [{ path: range.path, expected: 'a range that begins where the one before it ends', got }];
  });
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (lowest !== undefined && lowest.from !== first) {
    complaints.push({ path: lowest.path, expected: names[0], got: format(lowest) });
  }
  if (highest !== undefined && highest.below !== end) {
    complaints.push({ path: highest.path, expected: names[1], got: format(highest) });
  }
  return complaints;
}
