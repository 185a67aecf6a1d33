/** Joins the repairs of a sink with its lanes and its place in the log. */
import { buildSeqEncoder } from '../../protocol/change/sequence.ts';
import { buildTableRoutes } from '../route/build-routes.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import { RepairDesk, type RepairDeskOptions } from './repair-desk.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';

export interface RepairParts
  extends Pick<RepairDeskOptions, 'lanes' | 'isWritten' | 'overtaken' | 'onPassed' | 'onFenced'> {
  readonly deps: SinkDeps;
  readonly catalogs: readonly ShardCatalog[];
  readonly progress: SinkProgress;
  readonly ledger: OffsetLedger;
  readonly readEndOffset: () => bigint;
  readonly readCommitTime: () => string | null;
}

/** Undefined when the pipeline is not verified. */
export function wireRepairs(parts: RepairParts): RepairDesk | undefined {
  const { deps, catalogs, progress, ledger, readEndOffset, readCommitTime } = parts;
  const { settings, repair } = deps;
  if (repair === undefined) {
    return undefined;
  }
  const encodeSeq = buildSeqEncoder(settings.source.topicEpoch);
  return new RepairDesk({
    ...parts,
    repair,
    routes: buildTableRoutes(settings, catalogs, progress.unwritten),
    readLog: () => {
      // A fetch tells the end before its records are taken, and the look for it once a second.
      const end = Math.max(ledger.watermark + ledger.gap, Number(readEndOffset()));
      return { offset: end, seq: encodeSeq(Math.max(0, end - 1)), commitTime: readCommitTime() };
    },
  });
}
