import type { ParkedDetail } from '../../protocol/message/actor-status.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { ParkedScope } from '../stream/parked-scope.ts';
import type { CatchUp } from './catch-up.ts';
import { covers, type Scope } from './choose-parking.ts';

/** A scope that is left out, or is being made up for. */
export interface ParkedPlace extends Scope {
  /** As it was when it was left out last. */
  scope: ParkedScope;
  /** level: the sink takes it again; what the catch-up has read is still in the lanes. */
  state: 'parked' | 'opening' | 'catchingUp' | 'level';
  catchUp: CatchUp | undefined;
  reason: string;
  /** Wall, ms. */
  sinceMs: number;
  /** Times that it could not be caught up with. */
  failures: number;
  /** Monotonic, ms. */
  tryAtMs: number;
}

export function isAway({ state }: ParkedPlace): boolean {
  return state === 'parked' || state === 'opening';
}

export function isIn(place: ParkedPlace, shard: number, table: string | null): boolean {
  return covers(place, { shard, table });
}

type Start = Pick<ParkedScope, 'from' | 'position' | 'commitTimeMs'>;

export function startOf({ from, position, commitTimeMs }: ParkedScope): Start {
  return { from, position, commitTimeMs };
}

/** The lowest of what is left out already and of what the sink has settled. */
export function lowestStart(
  { watermark, watermarkPosition, oldestCommitTimeMs }: OffsetLedger,
  scopes: readonly ParkedScope[],
): Start {
  const own = { from: watermark, position: watermarkPosition, commitTimeMs: oldestCommitTimeMs };
  return scopes.reduce<Start>((low, scope) => (scope.from < low.from ? startOf(scope) : low), own);
}

export function describePlace(place: ParkedPlace): ParkedDetail {
  const { scope, table, reason, sinceMs } = place;
  return {
    shard: scope.shard,
    table: table ?? undefined,
    state: isAway(place) ? 'parked' : 'catchingUp',
    fromOffset: String(currentScope(place).from),
    reason,
    sinceMs,
  };
}

/** How far a catch-up has come is how far the scope is. */
export function currentScope({ scope, catchUp }: ParkedPlace): ParkedScope {
  if (catchUp === undefined) {
    return scope;
  }
  const { watermark, watermarkPosition } = catchUp.ledger;
  const commitTimeMs = firstKnown(commitTimeOf(catchUp.ledger), scope.commitTimeMs);
  return { ...scope, from: watermark, position: watermarkPosition, commitTimeMs };
}

/** Of what is settled next, or as good as. */
export function commitTimeOf({ oldestCommitTimeMs, newestCommitTimeMs }: OffsetLedger): number {
  return firstKnown(oldestCommitTimeMs, newestCommitTimeMs);
}

function firstKnown(ms: number, other: number): number {
  return Number.isNaN(ms) ? other : ms;
}

/** Whether it is there again is cheap to see. */
const LOOK_AGAIN_MS = 5_000;
/** A catch-up that fails has held up its lanes; doubled each time. */
const RETRY_MS = 10_000;
const RETRY_MOST_MS = 300_000;

/** @param failures times in a row that it could not be caught up with */
export function nextTryDelayMs(failures: number): number {
  return failures === 0 ? LOOK_AGAIN_MS : Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(failures - 1, 10));
}
