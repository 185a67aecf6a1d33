/**
 * The keyspace id of an integer as Vitess' vindex `hash` has it: the 64 bits of the integer, highest byte first, through one
 * block of 3DES whose key is all zeros. It spreads neighbouring numbers over the whole range and can be undone; it hides
 * nothing. Node has no plain DES any more, and with three equal keys 3DES is the same.
 *
 * Source: the vectors of Vitess' own tests and documentation, in the test of this file.
 */
import { createCipheriv } from 'node:crypto';
import type { Cell } from '../change/cell.ts';
import { isIntegerText, SAFE_DIGITS } from './integer-text.ts';

const KEY = Buffer.alloc(24);
const LOWEST = -(2n ** 63n);
const ABOVE_HIGHEST = 2n ** 64n;
const HALF = 2 ** 32;

export class KeyspaceHash {
  // In ECB every block stands alone, so one cipher serves all keys.
  readonly #cipher = createCipheriv('des-ede3-ecb', KEY, null).setAutoPadding(false);
  readonly #block = Buffer.alloc(8);

  /** Undefined when the cell is no integer of 64 bits, signed or unsigned. @returns 8 bytes */
  hash(key: Cell | undefined): Buffer | undefined {
    return this.#fill(key) ? this.#cipher.update(this.#block) : undefined;
  }

  #fill(key: Cell | undefined): boolean {
    if (!isIntegerText(key)) {
      return false;
    }
    if (key.length <= SAFE_DIGITS && !key.startsWith('-')) {
      const number = Number(key);
      this.#block.writeUInt32BE(Math.floor(number / HALF), 0);
      this.#block.writeUInt32BE(number % HALF, 4);
      return true;
    }
    const integer = BigInt(key);
    if (integer < LOWEST || integer >= ABOVE_HIGHEST) {
      return false;
    }
    this.#block.writeBigUInt64BE(BigInt.asUintN(64, integer));
    return true;
  }
}
