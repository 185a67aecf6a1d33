import { DecodeRefusal } from './decode-refusal.ts';
import type { DecodeTally } from './decode-tally.ts';
import { CLOSE_OBJECT, OPEN_OBJECT } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';

/** Fields of one kind of object, in the order in which they usually come; their ordinals count from 0. */
export class FieldOrder {
  readonly names: readonly string[];
  /** `"name":` */
  readonly tokens: readonly Uint8Array[];

  constructor(...names: readonly string[]) {
    this.names = names;
    this.tokens = names.map((name) => Buffer.from(`"${name}":`));
  }
}

/** Reads the value of the field with this ordinal. */
export type TakeFieldFunc = (ordinal: number) => void;

/** Reads the objects that the format itself is made of. Fields that it does not know are noted and passed over. */
export class FieldReader {
  readonly #scanner: JsonScanner;
  readonly #tally: DecodeTally;
  #unknown = 0;

  constructor(scanner: JsonScanner, tally: DecodeTally) {
    this.#scanner = scanner;
    this.#tally = tally;
  }

  /** Fields that it passed over, ever. */
  get unknown(): number {
    return this.#unknown;
  }

  /**
   * @param depth of containers around the object
   * @param take called once for each known field that is there
   * @throws DecodeRefusal ERG_1002, ERG_1004, ERG_1005, ERG_1006 and what `take` throws
   */
  read(order: FieldOrder, depth: number, take: TakeFieldFunc): void {
    const scanner = this.#scanner;
    scanner.expect(OPEN_OBJECT);
    if (scanner.accept(CLOSE_OBJECT)) {
      return;
    }
    let seen = 0;
    let likely = 0;
    do {
      const ordinal = this.#readName(order, likely);
      if (ordinal < 0) {
        scanner.skipValue(depth + 1);
      } else {
        seen = markSeen(seen, ordinal, order);
        take(ordinal);
        likely = ordinal + 1;
      }
    } while (scanner.hasNext(CLOSE_OBJECT));
  }

  /** @returns ordinal; -1 for a field that the format does not know */
  #readName(order: FieldOrder, likely: number): number {
    const token = order.tokens[likely];
    this.#scanner.peek();
    if (token !== undefined && this.#scanner.acceptBytes(token)) {
      return likely;
    }
    const name = this.#scanner.readName();
    const ordinal = order.names.indexOf(name);
    if (ordinal < 0) {
      this.#unknown += 1;
      this.#tally.noteUnknownField(name);
    }
    return ordinal;
  }
}

/** @param seen one bit per ordinal */
function markSeen(seen: number, ordinal: number, order: FieldOrder): number {
  const bit = 1 << ordinal;
  if ((seen & bit) !== 0) {
    throw new DecodeRefusal('ERG_1005', `${order.names[ordinal]} comes twice`, 'payload');
  }
  return seen | bit;
}
