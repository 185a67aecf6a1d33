import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Reply } from '../../protocol/message/envelope.ts';
import type { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Command } from './choose-commands.ts';

export interface CommandSenderParts {
  readonly bus: MessageBus;
  readonly subjects: ReturnType<typeof buildSubjects>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  /** For ids: different in each process. */
  readonly idPrefix: string;
  /** The epoch to send under; undefined when we must not act. Asked right before each try. */
  readonly actingEpoch: () => number | undefined;
  readonly onReply: (command: Command, reply: Reply) => void;
  /** Nobody answered, or not in time. */
  readonly onSilence: (command: Command, reason: string) => void;
}

const MAX_TRIES = 3;
const MAX_UNDER_WAY = 64;
/** What a node answered or did not answer is not said again sooner: the next heartbeats tell what came of it. */
const REPEAT_AFTER_MS = 2_000;

/**
 * Sends what is to be done, each thing once at a time. It may be asked for the same thing at every look; what does not fit
 * now is asked for again.
 */
export class CommandSender {
  readonly #parts: CommandSenderParts;
  readonly #underWay = new Set<string>();
  /** By command: when it may be sent again. */
  readonly #pausedUntilMs = new Map<string, number>();
  #lastId = 0;

  constructor(parts: CommandSenderParts) {
    this.#parts = parts;
  }

  sendAll(commands: readonly Command[]): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [key, untilMs] of this.#pausedUntilMs) {
      if (nowMs >= untilMs) {
        this.#pausedUntilMs.delete(key);
      }
    }
    for (const command of commands) {
      const key = buildKey(command);
      const isFree = !this.#underWay.has(key) && !this.#pausedUntilMs.has(key);
      if (isFree && this.#underWay.size < MAX_UNDER_WAY) {
        this.#underWay.add(key);
        void this.#send(command, key);
      }
    }
  }

  async #send(command: Command, key: string): Promise<void> {
    const { clock, log, onReply, onSilence } = this.#parts;
    const id = `${this.#parts.idPrefix}/${++this.#lastId}`;
    const fields = { verb: command.verb, node: command.node, job: nameOf(command) };
    try {
      const reply = await this.#request(command, id);
      if (reply !== undefined && reply.code !== 'OK') {
        log.event('command.failed', { ...fields, code: reply.code, reason: reply.message });
      }
      if (reply !== undefined) {
        onReply(command, reply);
      }
    } catch (error) {
      const reason = asReplicationError(error).message;
      log.event('command.failed', { ...fields, reason });
      onSilence(command, reason);
    } finally {
      this.#underWay.delete(key);
      this.#pausedUntilMs.set(key, clock.monotonicMs() + REPEAT_AFTER_MS);
    }
  }

  /** Undefined when we may not act any more. */
  async #request(command: Command, id: string): Promise<Reply | undefined> {
    const { bus, subjects, timeoutMs, actingEpoch } = this.#parts;
    const subject = subjects.nodeCommand(command.node, command.verb);
    for (let tries = 1; ; tries++) {
      const epoch = actingEpoch();
      if (epoch === undefined) {
        return undefined;
      }
      try {
        return await bus.request(subject, { type: command.verb, id, epoch, body: command.body }, timeoutMs);
      } catch (error) {
        // Where nobody listens, nobody will a moment later; an answer that is missing may have been lost.
        if (tries === MAX_TRIES || asReplicationError(error).code !== 'ERG_6102' || !bus.isConnected) {
          throw error;
        }
      }
    }
  }
}

function nameOf(command: Command): string | undefined {
  switch (command.verb) {
    case 'spawn':
      return command.body.job.name;
    case 'stop':
      return command.body.jobName;
    case 'inventory':
      return undefined;
  }
}

function buildKey(command: Command): string {
  const placeEpoch = command.verb === 'inventory' ? 0 : command.body.placeEpoch;
  return `${command.verb} ${command.node} ${nameOf(command) ?? ''} ${placeEpoch}`;
}
