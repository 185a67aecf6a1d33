/**
 * The verifier alone, on what a drain of ergate has left: fresh processes with the consumer groups of the drain, whose sink
 * has nothing to do any more, and a verifier that has never run and so begins at the start of the topic. Its CPU is that of
 * the whole node, the idle sink in it.
 */
import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import type { VerifierDetail } from '../../../protocol/message/verification-status.ts';
import { SupervisorClient } from '../../../supervisor/cli/ask-supervisor.ts';
import type { Contestant, DrainRun, RunningContestant } from '../drain/contestant.ts';
import { type ErgateVariant, ergate, startErgate } from '../drain/ergate-contestant.ts';
import { copyTable } from './copy-table.ts';
import { findVerifyFault } from './find-verify-fault.ts';

const VARIANT: ErgateVariant = {
  name: 'verify',
  title: 'the verifier of ergate, alone',
  // The shortest there is: what is verified is older than that anyway.
  pipeline: { verification: { delay: '100ms' } },
};
const REQUEST_TIMEOUT_MS = 2_000;

export const verifier: Contestant = {
  name: VARIANT.name,
  title: VARIANT.title,
  work: 'reads',
  after: ergate.name,
  start: async (run) => startVerifier(run),
};

async function startVerifier(run: DrainRun): Promise<RunningContestant> {
  const { environment, natsUrl, target, state } = run;
  const source = await copyTable(target, state);
  const running = startErgate(run, { ...VARIANT, source });
  const nats = { servers: [natsUrl], requestTimeout: REQUEST_TIMEOUT_MS };
  const client = await SupervisorClient.open({ environment, nats });
  let newest: readonly VerifierDetail[] = [];
  return {
    ...running,
    isDone: async () => {
      await running.isDone();
      newest = listVerifiers(await client.readStatus().catch(() => undefined)); // it may not be up yet
      return newest.length === run.partitions && newest.every(isAtEnd);
    },
    findFault: () => findVerifyFault(newest, run.changes),
    stop: async () => {
      await Promise.all([running.stop(), client.close()]);
    },
  };
}

function listVerifiers(status: SupervisorStatus | undefined): readonly VerifierDetail[] {
  return (status?.jobs ?? []).flatMap(({ report }) => {
    const detail = report?.status.detail;
    return detail?.kind === 'verifier' ? [detail] : [];
  });
}

function isAtEnd({ verifiedOffset, endOffset }: VerifierDetail): boolean {
  return verifiedOffset !== '' && verifiedOffset === endOffset;
}
