import { createRecoveryActor as create } from '../../../actors/recovery/recovery-actor.ts';
import { markRecovery } from './mark-actors.ts';

export const createRecoveryActor: typeof create = (deps) => create(markRecovery(deps));
