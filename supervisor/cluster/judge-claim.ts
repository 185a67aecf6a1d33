import { ERROR_CODES, type ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';

/** works: starts, runs, or waits for a remote · ended: will not work again at this place · given-up: failed on this node */
export type ClaimVerdict = 'works' | 'ended' | 'given-up';

export function judgeClaim({ givenUp, status }: ActorReport): ClaimVerdict {
  // A fenced actor may only start again at a newer place, whatever its node made of it.
  if (isFenced(status.reason)) {
    return 'ended';
  }
  if (givenUp) {
    return 'given-up';
  }
  // A failed one is started again by its node until that gives it up.
  return status.state === 'stopped' ? 'ended' : 'works';
}

/** Whether it has taken over from an older actor of its job. */
export function hasTakenOver({ status }: ActorReport): boolean {
  return status.state === 'running' || status.state === 'waiting';
}

function isFenced(reason: string | undefined): boolean {
  const code = /^ERG_\d{4}/.exec(reason ?? '')?.[0];
  return code !== undefined && isKnownCode(code) && ERROR_CODES[code].class === 'fenced';
}

function isKnownCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
