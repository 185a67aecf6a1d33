/** One row of a target in memory and what a guarded statement leaves of it. Held to a real server by a contract. */
import type { ShardChange } from '../../../actors/target/target-shard.ts';
import { findCell } from '../../../protocol/change/row-image.ts';

export interface TargetRow {
  readonly v: string;
  readonly writer: string | null;
  readonly time: string | null;
  /** Always null in a table without version column. */
  readonly seq: string | null;
}

export type GuardMode = 'strict' | 'article';

export function applyChange(row: TargetRow | null, change: ShardChange, mode: GuardMode): TargetRow | null {
  if (row !== null && !passes(row, change, mode)) {
    return row;
  }
  const v = change.image === null ? null : findCell(change.image, 'v');
  return typeof v === 'string'
    ? {
        v,
        writer: change.writer === 'forced' ? '2' : '1',
        time: change.commitTime,
        seq: mode === 'strict' ? change.seq : null,
      }
    : null;
}

function passes({ seq, time }: TargetRow, change: ShardChange, mode: GuardMode): boolean {
  const [held, next] = mode === 'strict' ? [seq, change.seq] : [time, change.commitTime ?? ''];
  return held === null || held === change.replaces || (mode === 'strict' ? BigInt(held) <= BigInt(next) : held <= next);
}
