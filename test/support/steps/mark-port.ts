/** Every call of a port is two steps: before it is made, and after it has succeeded and nobody knows that yet. */
import { passStep } from './pass-step.ts';

/** Names of what a call does; one call may do several things. */
export type NameCall = (method: string, args: readonly unknown[]) => readonly string[];

export function markPort<Port extends object>(port: Port, nameCall: NameCall): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target); // private fields are those of the target
      return typeof member === 'function' && typeof property === 'string'
        ? (...args: readonly unknown[]) =>
            markCall(nameCall(property, args), () => Reflect.apply(member, target, args) as unknown)
        : member;
    },
  });
}

export function markCall<Result>(names: readonly string[], call: () => Result): Result {
  passAll(names, 'before');
  const result = call();
  if (result instanceof Promise) {
    // It is what the call has returned, for whoever awaits it.
    return result.then((value: unknown) => {
      passAll(names, 'after');
      return value;
    }) as Result;
  }
  passAll(names, 'after');
  return result;
}

function passAll(names: readonly string[], moment: 'before' | 'after'): void {
  for (const name of names) {
    passStep(`${name}.${moment}`);
  }
}
