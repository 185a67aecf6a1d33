import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { PIPELINES } from './expected-places.ts';
import type { OffsetSample } from './history.ts';

/**
 * Every pipeline is verified up to these ends of its partitions, and has left nothing unverified.
 * @param mayStay unverified, for this reason
 */
export function isVerified(
  status: SupervisorStatus | undefined,
  ends: OffsetSample['ends'],
  mayStay: (reason: string) => boolean = () => false,
): boolean {
  return PIPELINES.every((pipeline) => {
    const told = status?.verification.find((one) => one.pipeline === pipeline);
    return [...ends].every(([partition, end]) => {
      const found = told?.partitions.find((one) => one.partition === partition);
      const isWhole = found?.unverified.every(({ reason }) => mayStay(reason)) === true;
      return isWhole && Number(found?.verifiedOffset) >= end;
    });
  });
}
