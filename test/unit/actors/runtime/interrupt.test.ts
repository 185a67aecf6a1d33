import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Interrupt } from '../../../../actors/runtime/interrupt.ts';

const stopped = new Error('stopped');
const never = new Promise<never>(() => {});

describe('Interrupt', () => {
  it('gives what the work comes to', async () => {
    const interrupt = new Interrupt();

    await expect(interrupt.orFired(Promise.resolve(1))).resolves.toBe(1);
    await expect(interrupt.orFired(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends all that is waited for, and what is waited for later', async () => {
    const interrupt = new Interrupt();
    const waiting = [interrupt.orFired(never), interrupt.orFired(never)];

    interrupt.fire(stopped);
    interrupt.fire(new Error('again'));

    expect(await Promise.allSettled(waiting)).toEqual(Array(2).fill({ status: 'rejected', reason: stopped }));
    await expect(interrupt.orFired(never)).rejects.toBe(stopped);
    await expect(interrupt.orFired(Promise.resolve(1))).resolves.toBe(1); // it is there already
  });

  it('keeps nothing of what is done', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const interrupt = new Interrupt();
    const result = new WeakRef(await interrupt.orFired(Promise.resolve({ rows: 1 })));

    // A reference lasts until the end of the turn that read it.
    await new Promise((resolve) => setImmediate(resolve));
    collect();

    expect(result.deref()).toBeUndefined();
    interrupt.fire(stopped); // it lives until here
  });
});
