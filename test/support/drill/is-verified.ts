import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { PIPELINES } from './expected-places.ts';
import type { OffsetSample } from './history.ts';

/** Every pipeline is verified up to these ends of its partitions, and has left nothing unverified. */
export function isVerified(status: SupervisorStatus | undefined, ends: OffsetSample['ends']): boolean {
  return PIPELINES.every((pipeline) => {
    const told = status?.verification.find((one) => one.pipeline === pipeline);
    return [...ends].every(([partition, end]) => {
      const found = told?.partitions.find((one) => one.partition === partition);
      return found !== undefined && Number(found.verifiedOffset) >= end && found.unverified.length === 0;
    });
  });
}
