import type { EventLevel } from '../../protocol/log/event-info.ts';
import type { LogFields } from '../../protocol/log/logger.ts';

export interface LoggedEvent {
  readonly wallMs: number;
  readonly level: EventLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** Long enough for any sentence of ours; a driver may repeat a whole statement. */
const MAX_TEXT = 2_000;
const OWN_NAMES: ReadonlySet<string> = new Set(['time', 'level', 'event']);

/** One JSON object on one line; a field with a name of ours gets a _ behind it. */
export function formatJson({ wallMs, level, event, fields }: LoggedEvent): string {
  const line: Record<string, unknown> = { time: new Date(wallMs).toISOString(), level, event };
  for (const [name, value] of Object.entries(fields)) {
    line[OWN_NAMES.has(name) ? `${name}_` : name] = typeof value === 'string' ? shorten(value) : value;
  }
  return JSON.stringify(line);
}

/** For people at a terminal: control characters, which could steer it, are escaped. */
export function formatText({ wallMs, level, event, fields }: LoggedEvent): string {
  const time = new Date(wallMs).toISOString().slice(11, 23);
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? quote(shorten(value)) : value}`);
  return [time, level.toUpperCase().padEnd(5), event, ...words].join(' ');
}

function quote(text: string): string {
  const isPlain = /^[\w./:@+-]+$/.test(text);
  // JSON leaves 0x7f to 0x9f as they are; some terminals obey them.
  return isPlain ? text : JSON.stringify(text).replaceAll(/[\u007f-\u009f]/g, '?');
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
