import { copyText } from './copy-text.ts';

const MAX_UNKNOWN_FIELDS = 100;
const MAX_NAME_CHARACTERS = 64;

/** What a decoder accepted although somebody may want to know of it; counted from its start. */
export class DecodeTally {
  /** Transactions without payloads. */
  emptyRecords = 0;
  /** Columns that came twice in one image with equal values. */
  repeatedColumns = 0;
  /** Commit times that are none, in records that are applied all the same because they have a source position. */
  refusedCommitTimes = 0;
  /** Records about the stream itself: heartbeats, marks of transactions, changes of schemas, truncates to be ignored. */
  controlRecords = 0;
  /** Schema parts that were parsed: as many as there are different ones, however many records begin with them. */
  parsedSchemas = 0;
  readonly #unknownFields = new Set<string>();

  /** Fields that the format does not know, each once; the first hundred, cut to 64 characters. */
  get unknownFields(): ReadonlySet<string> {
    return this.#unknownFields;
  }

  noteUnknownField(name: string): void {
    if (this.#unknownFields.size < MAX_UNKNOWN_FIELDS) {
      this.#unknownFields.add(copyText(name.slice(0, MAX_NAME_CHARACTERS)));
    }
  }
}
