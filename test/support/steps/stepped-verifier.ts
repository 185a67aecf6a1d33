import { createVerifierActor as create } from '../../../actors/verifier/verifier-actor.ts';
import { markVerifier } from './mark-actors.ts';

export const createVerifierActor: typeof create = (deps) => create(markVerifier(deps));
