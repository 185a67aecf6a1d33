import { isatty } from 'node:tty';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { EVENTS, type EventName } from '../../protocol/log/event-catalogue.ts';
import type { EventLevel } from '../../protocol/log/event-info.ts';
import type { LogFields, Logger } from '../../protocol/log/logger.ts';
import { formatJson, formatText, type LoggedEvent } from './format-event.ts';
import { LogWriter } from './log-writer.ts';

const RANK: Readonly<Record<EventLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const STANDARD_ERROR = 2;

export interface JsonLoggerOptions {
  /** Events below it cost a look-up and nothing else. */
  readonly level: EventLevel;
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly format: (event: LoggedEvent) => string;
  /** On every line: which process this is. */
  readonly fields: LogFields;
}

export class JsonLogger implements Logger {
  readonly #options: JsonLoggerOptions;
  readonly #least: number;

  constructor(options: JsonLoggerOptions) {
    this.#options = options;
    this.#least = RANK[options.level];
  }

  event(name: EventName, fields?: LogFields): void {
    const { level } = EVENTS[name];
    if (RANK[level] < this.#least) {
      return;
    }
    const { clock, write, format } = this.#options;
    write(format({ wallMs: clock.wallMs(), level, event: name, fields: { ...this.#options.fields, ...fields } }));
  }

  child(fields: LogFields): Logger {
    return new JsonLogger({ ...this.#options, fields: { ...this.#options.fields, ...fields } });
  }
}

export interface ProcessLogOptions {
  readonly level?: EventLevel;
  /** On every line, such as { process: 'node', node: 'node-1' }. */
  readonly fields: LogFields;
  readonly clock?: Clock;
  /** 2, standard error, when left out. */
  readonly fd?: number;
}

export interface ProcessLog {
  readonly logger: Logger;
  /** To be awaited before the process ends. */
  flush(deadlineMs: number): Promise<void>;
}

/** The log of a process: JSON lines, or a short form for people when it goes to a terminal. */
export function openProcessLog(options: ProcessLogOptions): ProcessLog {
  const { level = 'info', fields, clock = systemClock, fd = STANDARD_ERROR } = options;
  const format = isatty(fd) ? formatText : formatJson;
  const writer = new LogWriter({
    fd,
    describeDropped: (lines) =>
      format({
        wallMs: clock.wallMs(),
        level: EVENTS['log.dropped'].level,
        event: 'log.dropped',
        fields: { ...fields, lines },
      }),
  });
  return {
    logger: new JsonLogger({ level, clock, format, fields, write: (line) => writer.write(line) }),
    flush: (deadlineMs) => writer.flush(deadlineMs),
  };
}
