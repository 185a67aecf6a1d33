/** Cuts one direction of a MySQL connection into its packets: three bytes of length, one of sequence, the payload. */
const HEADER_BYTES = 4;
/** A payload of this length goes on in the next packet. */
const MAX_PAYLOAD_BYTES = 0xffffff;

export interface MysqlPacket {
  /** As it came, headers included; several packets when the payload is longer than one holds. */
  readonly bytes: Buffer;
  readonly payload: Buffer;
  readonly sequence: number;
}

export class MysqlPackets {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = HEADER_BYTES;

  /** @returns what is whole now; the rest is kept */
  take(chunk: Buffer): MysqlPacket[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) {
      return [];
    }
    let rest = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending);
    const packets: MysqlPacket[] = [];
    for (let length = wholeLength(rest); length <= rest.length; length = wholeLength(rest)) {
      packets.push(readPacket(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    this.#neededBytes = wholeLength(rest);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    return packets;
  }
}

/** Bytes of the first packet with what belongs to it, as far as they can be told. */
function wholeLength(bytes: Buffer): number {
  for (let at = 0; ; ) {
    if (bytes.length < at + HEADER_BYTES) {
      return at + HEADER_BYTES;
    }
    const length = bytes.readUIntLE(at, 3);
    at += HEADER_BYTES + length;
    if (length < MAX_PAYLOAD_BYTES) {
      return at;
    }
  }
}

function readPacket(bytes: Buffer): MysqlPacket {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntLE(at, 3);
    parts.push(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  const [first = Buffer.alloc(0)] = parts;
  return { bytes, payload: parts.length === 1 ? first : Buffer.concat(parts), sequence: bytes[3] ?? 0 };
}
