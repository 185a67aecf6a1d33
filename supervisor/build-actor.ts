/**
 * Builds the actors of a node: with the files of actor/, the one place where the adapters of a job are made and handed to it.
 * Whoever closes the factory closes what the actors share; the rest belongs to its actor.
 */
import { createCaptureActor } from '../actors/capture/capture-actor.ts';
import { createRecoveryActor } from '../actors/recovery/recovery-actor.ts';
import type { Actor } from '../actors/runtime/actor.ts';
import { createSinkActor } from '../actors/sink/sink-actor.ts';
import { createSweeperActor } from '../actors/sweeper/sweeper-actor.ts';
import { unreachable } from '../protocol/errors/unreachable.ts';
import type { BreakerDetail } from '../protocol/message/actor-status.ts';
import type { Job } from '../protocol/message/job.ts';
import { buildCapture } from './actor/build-capture.ts';
import { buildRecovery } from './actor/build-recovery.ts';
import { buildSink } from './actor/build-sink.ts';
import { buildSweeper } from './actor/build-sweeper.ts';
import { buildVerifier } from './actor/build-verifier.ts';
import { type ActorFactoryOptions, SharedParts } from './actor/shared-parts.ts';

export interface ActorFactory {
  /** Not started. @throws ReplicationError ERG_6011 when the settings of this process do not have the job */
  createActor(job: Job, placeEpoch: number): Actor;
  /** Of the shards of targets: those that are not simply closed. */
  listBreakers(): readonly BreakerDetail[];
  /** After the actors have ended. Idempotent. */
  close(): Promise<void>;
}

export function createActorFactory(options: ActorFactoryOptions): ActorFactory {
  const parts = new SharedParts(options);
  return {
    createActor: (job, placeEpoch) => createActor(parts, job, placeEpoch),
    listBreakers: () => parts.listBreakers(),
    close: () => parts.close(),
  };
}

function createActor(parts: SharedParts, job: Job, placeEpoch: number): Actor {
  const logger = parts.options.logger.child({ job: job.name, placeEpoch });
  switch (job.kind) {
    case 'capture':
      return createCaptureActor(buildCapture(parts, { job, placeEpoch, logger }));
    case 'sink':
      return createSinkActor(buildSink(parts, { job, placeEpoch, logger }));
    case 'verifier':
      return buildVerifier(parts, { job, placeEpoch, logger });
    case 'recovery':
      return createRecoveryActor(buildRecovery(parts, { job, placeEpoch, logger }));
    case 'sweeper':
      return createSweeperActor(buildSweeper(parts, { job, placeEpoch, logger }));
    default:
      return unreachable(job);
  }
}
