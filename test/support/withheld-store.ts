import type { CaseStore } from '../../actors/state/case-store.ts';

/** The store, as somebody who is dead sees it: nothing comes back. */
export function withheld(store: CaseStore, isDead: () => boolean): CaseStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function'
        ? (...given: unknown[]) => (isDead() ? new Promise(() => {}) : member.apply(target, given))
        : member;
    },
  });
}
