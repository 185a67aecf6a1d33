/**
 * One value of a row, exactly as the change stream carried it. Which type it is, is decided by the target column, so
 * nothing is converted here and nothing can be lost:
 *
 * string        the text of a JSON string, or the unchanged text of a JSON number ("12345678901234567890", "1.50")
 * boolean       a JSON true or false
 * null          SQL NULL
 * JsonDocument  a nested JSON object or array, as its source text
 *
 * A column that is absent from an image has no cell at all: absent is not NULL. Binary columns travel as base64 text.
 */
export type Cell = string | boolean | null | JsonDocument;

/** A nested JSON value kept as its source text, so that long numbers and key order survive. */
export class JsonDocument {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
