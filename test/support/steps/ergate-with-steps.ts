/**
 * The ergate command as it is, but for one thing: whoever imports one of three actors gets it from here, with steps at which
 * the process can be made to die. Nothing of the product knows of them.
 */
import { registerHooks } from 'node:module';

const STEPPED: ReadonlyMap<string, string> = new Map([
  [fromHere('../../../actors/verifier/verifier-actor.ts'), fromHere('./stepped-verifier.ts')],
  [fromHere('../../../actors/recovery/recovery-actor.ts'), fromHere('./stepped-recovery.ts')],
  [fromHere('../../../actors/sink/sink-actor.ts'), fromHere('./stepped-sink.ts')],
]);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const own = STEPPED.get(found.url);
    return own === undefined || own === context.parentURL ? found : { ...found, url: own };
  },
});

await import('../../../supervisor/cli/ergate.ts');

function fromHere(path: string): string {
  return new URL(path, import.meta.url).href;
}
