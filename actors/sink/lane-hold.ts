/**
 * A lane that stands still for somebody: all that was pushed before is done with, and nothing that is pushed later is written
 * until it is released. Whoever holds it may write through the lane's own connection meanwhile.
 */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { ShardChange } from '../target/target-shard.ts';

interface LaneHoldOptions {
  readonly write: (changes: readonly ShardChange[]) => Promise<ReplicationError | undefined>;
  readonly remove: (isUnwanted: (entry: RoutedChange) => boolean) => readonly RoutedChange[];
  readonly onReleased: () => void;
}

export class LaneHold {
  readonly #options: LaneHoldOptions;
  readonly #reached = Promise.withResolvers<boolean>();
  readonly #released = Promise.withResolvers<void>();
  #isReleased = false;

  constructor(options: LaneHoldOptions) {
    this.#options = options;
  }

  /** False when it was released, or the lane ended, before the lane stood still. */
  get reached(): Promise<boolean> {
    return this.#reached.promise;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** For the lane: it stands still until this resolves. */
  stand(): Promise<void> {
    this.#reached.resolve(!this.#isReleased);
    return this.#released.promise;
  }

  /** @returns why not; undefined when it is written. Not to be called before it is reached, nor after it was released. */
  write(changes: readonly ShardChange[]): Promise<ReplicationError | undefined> {
    return this.#options.write(changes);
  }

  /** Of what waits behind it. @returns what was taken out; whoever does that settles it */
  remove(isUnwanted: (entry: RoutedChange) => boolean): readonly RoutedChange[] {
    return this.#options.remove(isUnwanted);
  }

  /** Idempotent; a write under way must have ended, unless the lane ends with it. */
  release(): void {
    if (!this.#isReleased) {
      this.#isReleased = true;
      this.#reached.resolve(false);
      this.#options.onReleased();
      this.#released.resolve();
    }
  }
}
