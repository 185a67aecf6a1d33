/** Reads the body of a message, which may hold anything. Whatever is not as expected is ERG_6103. */
import { ReplicationError } from '../errors/replication-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;

export function readFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable(`expected ${what}`);
  }
  return { ...value };
}

export function readText(fields: Fields, name: string): string {
  const text = fields[name];
  if (typeof text !== 'string') {
    throw unreadable(`${name}: expected a text`);
  }
  return text;
}

/** Null too when it is missing. */
export function readNullableText(fields: Fields, name: string): string | null {
  return (fields[name] ?? null) === null ? null : readText(fields, name);
}

export function readWord<Word extends string>(fields: Fields, name: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === fields[name]);
  if (word === undefined) {
    throw unreadable(`${name}: expected one of ${words.join(', ')}`);
  }
  return word;
}

export function readInteger(fields: Fields, name: string, most: number): number {
  const number = fields[name];
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > most) {
    throw unreadable(`${name}: expected an integer from 0 to ${most}`);
  }
  return number;
}

/** True, or not there. */
export function readMark(fields: Fields, name: string): true | undefined {
  const mark = fields[name];
  if (mark !== true && mark !== undefined) {
    throw unreadable(`${name}: expected true, or nothing`);
  }
  return mark;
}

/** Digits of a BIGINT UNSIGNED. */
export function readDecimal(fields: Fields, name: string): string {
  const text = readText(fields, name);
  if (!DECIMAL.test(text)) {
    throw unreadable(`${name}: expected a decimal number as text`);
  }
  return text;
}

export function readList<T>(fields: Fields, name: string, read: (value: unknown) => T): readonly T[] {
  const list = fields[name];
  if (!Array.isArray(list)) {
    throw unreadable(`${name}: expected a list`);
  }
  return list.map(read);
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') {
    throw unreadable('expected a list of texts');
  }
  return value;
}

export function unreadable(message: string): ReplicationError {
  return new ReplicationError('ERG_6103', message);
}
