/** debug per batch · info per state change · warn when we adapt · error when a person should look */
export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

export interface EventInfo {
  readonly level: EventLevel;
  readonly meaning: string;
}
