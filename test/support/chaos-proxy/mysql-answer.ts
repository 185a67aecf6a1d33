/** Follows the packets of a server until the answer to one query is whole, with all its results. */
const OK = 0x00;
const ERROR = 0xff;
const END = 0xfe;
const MAX_END_BYTES = 9;
const MORE_RESULTS = 0x0008;
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
const EIGHT_BYTES = 0xfe;

export class MysqlAnswer {
  readonly #hasEndOfColumns: boolean;
  /** result: the first packet of one · columns: definitions, up to their end · rows: up to the end of the result */
  #state: 'result' | 'columns' | 'rows' = 'result';
  #columnsLeft = 0;

  /** @param hasEndOfColumns false where client and server agreed on CLIENT_DEPRECATE_EOF */
  constructor(hasEndOfColumns: boolean) {
    this.#hasEndOfColumns = hasEndOfColumns;
  }

  /** @returns true when the answer ends with this packet */
  take(payload: Buffer): boolean {
    const first = payload[0] ?? ERROR;
    if (first === ERROR) {
      return true;
    }
    switch (this.#state) {
      case 'result':
        return this.#takeFirst(payload, first);
      case 'columns':
        this.#takeColumn(first);
        return false;
      case 'rows':
        return this.#takeRow(payload, first);
    }
  }

  #takeFirst(payload: Buffer, first: number): boolean {
    if (first === OK) {
      return !hasMore(readOkStatus(payload));
    }
    this.#columnsLeft = readLength(payload, 0).value;
    this.#state = 'columns';
    return false;
  }

  #takeColumn(first: number): void {
    if (this.#columnsLeft > 0) {
      this.#columnsLeft -= 1;
      if (this.#columnsLeft === 0 && !this.#hasEndOfColumns) {
        this.#state = 'rows';
      }
    } else if (first === END) {
      this.#state = 'rows';
    }
  }

  #takeRow(payload: Buffer, first: number): boolean {
    if (first !== END || (this.#hasEndOfColumns && payload.length >= MAX_END_BYTES)) {
      return false;
    }
    this.#state = 'result';
    return !hasMore(this.#hasEndOfColumns ? payload.readUInt16LE(3) : readOkStatus(payload));
  }
}

function hasMore(status: number): boolean {
  return (status & MORE_RESULTS) !== 0;
}

/** Behind the number of rows and the last id. */
function readOkStatus(payload: Buffer): number {
  const rows = readLength(payload, 1);
  const lastId = readLength(payload, rows.next);
  return payload.readUInt16LE(lastId.next);
}

/** A length-encoded integer; large ones lose digits, which does not matter here. */
function readLength(payload: Buffer, at: number): { readonly value: number; readonly next: number } {
  const first = payload[at] ?? 0;
  if (first === TWO_BYTES) {
    return { value: payload.readUInt16LE(at + 1), next: at + 3 };
  }
  if (first === THREE_BYTES) {
    return { value: payload.readUIntLE(at + 1, 3), next: at + 4 };
  }
  return first === EIGHT_BYTES
    ? { value: Number(payload.readBigUInt64LE(at + 1)), next: at + 9 }
    : { value: first, next: at + 1 };
}
