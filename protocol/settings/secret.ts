import { inspect } from 'node:util';

/** A text that never shows itself: not in logs, not in JSON, not in errors. Only `reveal` gives it out. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return this.#text === '' ? '(not set)' : '(set)';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
