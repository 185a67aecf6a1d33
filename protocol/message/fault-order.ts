/** Faults that can be switched on to see what they do, never where real data is: see docs/05-operations.md. */
import { ReplicationError } from '../errors/replication-error.ts';

/** sourceBoom, targetBoom: preparing a statement for a source, or for a target, takes three seconds and fails. */
export const FAULTS = ['sourceBoom', 'targetBoom'] as const;
export type Fault = (typeof FAULTS)[number];

/** Published to `supervisor.control.faults`, heard by every node that allows it. A hint: a node that starts later knows nothing of it. */
export interface FaultOrder {
  readonly fault: Fault;
  /** 0 switches it off. */
  readonly forMs: number;
  /** Who gave it, for people. */
  readonly by: string;
}

/** What a node has switched on. */
export interface ActiveFault {
  readonly fault: Fault;
  /** Wall ms; undefined: until its settings are changed. */
  readonly untilMs: number | undefined;
}

/** A fault that somebody forgot ends by itself. */
export const MAX_FAULT_MS = 3_600_000;

/** @throws ReplicationError ERG_6103 */
export function readFaultOrder(body: unknown): FaultOrder {
  const { fault, forMs, by } = (body ?? {}) as Partial<Record<keyof FaultOrder, unknown>>; // looked at here
  const known = FAULTS.find((one) => one === fault);
  if (known === undefined) {
    throw new ReplicationError('ERG_6103', `fault: expected one of ${FAULTS.join(', ')}`);
  }
  if (typeof forMs !== 'number' || !Number.isInteger(forMs) || forMs < 0 || forMs > MAX_FAULT_MS) {
    throw new ReplicationError('ERG_6103', `forMs: expected an integer from 0 to ${MAX_FAULT_MS}`);
  }
  return { fault: known, forMs, by: typeof by === 'string' ? by.slice(0, 200) : '' };
}

/** Where real data is, nothing is broken on purpose. */
export function allowsFaults(environment: string): boolean {
  return !environment.startsWith('prod');
}
