import type { EventName } from './event-catalogue.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Named events with fields; what an event means stands in the catalogue. Never a row value, never a secret.
 */
export interface Logger {
  event(name: EventName, fields?: LogFields): void;
  /** The same logger with fields that are added to every event. */
  child(fields: LogFields): Logger;
}

export const silentLogger: Logger = {
  event: () => {},
  child: () => silentLogger,
};
