/** The end of the partition, as far as it is known: no version from there on can have come through it. */
import { buildSeqEncoder, compareSeq, type EncodeSeqFunc } from '../../protocol/change/sequence.ts';

export class StreamEnd {
  readonly #read: () => Promise<bigint>;
  readonly #encode: EncodeSeqFunc;
  #offset = 0;

  /** @param read asks the broker @throws ReplicationError ERG_1020 */
  constructor(topicEpoch: number, read: () => Promise<bigint>) {
    this.#read = read;
    this.#encode = buildSeqEncoder(topicEpoch);
  }

  get offset(): number {
    return this.#offset;
  }

  /** The version that the record at the end will have. */
  get seq(): string {
    return this.#encode(this.#offset);
  }

  seqOf(offset: number): string {
    return this.#encode(offset);
  }

  saw(end: bigint): void {
    this.#offset = Math.max(this.#offset, Number(end));
  }

  /** @throws ReplicationError as the stream */
  async refresh(): Promise<number> {
    this.saw(await this.#read());
    return this.#offset;
  }

  /** Versions that were read lie below the end when this resolves, or come from nowhere. Asks only if one is higher. */
  async reach(versions: readonly (string | null | undefined)[]): Promise<void> {
    const { seq } = this;
    if (versions.some((version) => typeof version === 'string' && compareSeq(version, seq) >= 0)) {
      await this.refresh().catch(() => {}); // then a second look has to tell
    }
  }
}
