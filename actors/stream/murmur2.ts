const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The 32-bit hash of Kafka's own clients, as a signed integer.
 * Source: org.apache.kafka.common.utils.Utils.murmur2; the test holds its published vectors.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  hash = mixTail(hash, bytes, whole);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function mixTail(hash: number, bytes: Uint8Array, whole: number): number {
  const left = bytes.length - whole;
  if (left === 0) {
    return hash;
  }
  let mixed = hash;
  for (let at = left - 1; at >= 0; at -= 1) {
    mixed ^= byteAt(bytes, whole + at) << (8 * at);
  }
  return Math.imul(mixed, MULTIPLIER);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
