import { createSinkActor as create } from '../../../actors/sink/sink-actor.ts';
import { markSink } from './mark-actors.ts';

export const createSinkActor: typeof create = (deps) => create(markSink(deps));
