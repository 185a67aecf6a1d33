import type { MessageBus, OutgoingMessage } from '../../actors/runtime/message-bus.ts';
import type { MemoryLogger } from './capture-rig.ts';

export interface BusUnderTest extends AsyncDisposable {
  /** A bus that is connected. */
  open(name: string, logger?: MemoryLogger): Promise<MessageBus>;
  /** Resolves when every bus has noticed that the connection is gone. */
  cutOff(): Promise<void>;
  /** Resolves when every bus is connected again. */
  bringBack(): Promise<void>;
  /** Bytes from somebody who does not speak our protocol. */
  requestRaw(subject: string, bytes: Uint8Array): Promise<Uint8Array>;
  publishRaw(subject: string, bytes: Uint8Array): Promise<void>;
}

export const SUBJECT = 'ergate.test.node.n1.spawn';
export const TIMEOUT_MS = 5_000;
export const OK = { code: 'OK', message: '', maxEpoch: 0 } as const;

/** The server that is between two buses knows by then what this one serves and hears. */
export async function untilKnown(bus: MessageBus): Promise<void> {
  await bus.request('ergate.test.nobody', buildMessage(), TIMEOUT_MS).catch(() => {});
}

export function buildMessage(body: unknown = null, id = 'm1'): OutgoingMessage {
  return { type: 'test', id, epoch: 7, body };
}
