/**
 * The changes of one unverified range that are counted as unchecked until it is read again, each by its name: what lies beside
 * them in the range is read again as well, and has been counted.
 *
 * Names cost memory, so there is room for so many of all ranges together. A change without a name is only a number: it stays
 * unchecked until all of its range has been looked at, and leaves the figures then: it is due no more.
 */
import type { RoutedChange } from '../route/routed-change.ts';

/** What tells a change from all others of its range. Without a key: it could not be routed. */
export interface CountedChange extends Partial<Pick<RoutedChange, 'payloadIndex' | 'key'>> {
  readonly offset: number;
  /** Keys of rows of a change that could not be routed which are counted by themselves. */
  readonly removed?: readonly string[] | undefined;
}

/**
 * aside: it was set aside, and this is what comes of it · more: of one that could not be routed, another row that it names ·
 * counted: in another way, or by another verifier
 */
export type Claim = 'aside' | 'more' | 'counted';

/** Shared by all ranges of a verifier. */
export interface NameRoom {
  left: number;
}

export class SetAside {
  readonly #room: NameRoom;
  /** By name: how many have not come again. */
  readonly #named = new Map<string, number>();
  #waiting = 0;
  #unnamed = 0;
  #isNaming = true;
  /** What keeps those without a name unchecked when all has come. */
  #keptBy: SetAside | 'nobody' | undefined;
  /** The same of what does not come again. */
  #keptFrontBy: SetAside | 'nobody' | undefined;

  constructor(room: NameRoom) {
    this.#room = room;
  }

  /** Changes that are counted as unchecked. */
  get size(): number {
    return this.#waiting + this.#unnamed;
  }

  add(change: CountedChange): void {
    const [name = ''] = listNames(change);
    const known = this.#named.get(name);
    if (!this.#isNaming || (known === undefined && this.#room.left <= 0)) {
      this.#unnamed += 1;
      return;
    }
    this.#room.left -= known === undefined ? 1 : 0;
    this.#named.set(name, (known ?? 0) + 1);
    this.#waiting += 1;
    for (const key of change.removed ?? []) {
      this.#know(`${name}/${key}`);
    }
  }

  /** A change of the range has come again. */
  claim(change: CountedChange): Claim {
    const names = listNames(change);
    const name = names.find((one) => this.#named.has(one));
    if (name === undefined) {
      return 'counted';
    }
    const left = this.#named.get(name) ?? 0;
    const [own = name] = names;
    this.#know(own); // the reading may break off, and it come a second time
    if (left === 0) {
      return own === name ? 'counted' : 'more';
    }
    this.#named.set(name, left - 1);
    this.#waiting -= 1;
    return 'aside';
  }

  /** All of it, as it is now, comes again from now on. */
  begin(): void {
    this.#keptBy = this.#keptFrontBy;
  }

  /** The front of the range has come, and does so no more. */
  shorten(): void {
    this.#keptFrontBy = this.#keptBy;
  }

  /**
   * A change of the range that has no name here is unchecked again. It may be any of those without: they all stay so.
   *
   * @param where until it is read again; undefined: for good
   */
  doubt(where: SetAside | undefined): void {
    this.#keptBy = this.#keptBy === 'nobody' ? 'nobody' : (where ?? 'nobody');
  }

  /** Nobody reads the range again. */
  dropNames(): void {
    this.#isNaming = false;
    this.#unnamed += this.#waiting;
    this.#forgetNames();
  }

  /** All of the range was read again. @returns how many had not come */
  clear(): number {
    const keeper = this.#keptBy;
    const left = this.#waiting + (keeper === undefined ? this.#unnamed : 0);
    if (keeper instanceof SetAside) {
      keeper.#unnamed += this.#unnamed;
    }
    this.#unnamed = 0;
    this.#forgetNames();
    return left;
  }

  /** It is counted: only what is set aside of it counts anew. */
  #know(name: string): void {
    if (!this.#named.has(name)) {
      this.#room.left -= 1;
      this.#named.set(name, 0);
    }
  }

  #forgetNames(): void {
    this.#room.left += this.#named.size;
    this.#named.clear();
    this.#waiting = 0;
  }
}

/** The most exact one first: what could not be routed has no key, and of what a shard never showed not even the payload is told. */
function listNames({ offset, payloadIndex, key }: CountedChange): readonly string[] {
  const ofRecord = String(offset);
  if (payloadIndex === undefined) {
    return [ofRecord];
  }
  const ofPayload = `${ofRecord}/${payloadIndex}`;
  return key === undefined ? [ofPayload, ofRecord] : [`${ofPayload}/${key}`, ofPayload, ofRecord];
}
