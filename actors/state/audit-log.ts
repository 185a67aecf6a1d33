/** What people did, in a chain: each entry holds the hash of the one before it, so that none is changed or taken out unseen. */
import { createHash } from 'node:crypto';

/** What is to be noted. */
export interface AuditNote {
  /** Who did it, for people. */
  readonly actor: string;
  /** Noun and verb, as the command is called. */
  readonly action: string;
  /** What it was done to. */
  readonly object: string;
  /** Why; '' when nobody was asked. */
  readonly reason: string;
  /** No row values. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  /** From 1, without gaps. */
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly reason: string;
  /** JSON, as it was hashed. */
  readonly detail: string;
  readonly previousSha256: string;
  readonly sha256: string;
}

export interface AuditVerdict {
  /** Entries that were looked at. */
  readonly entries: number;
  /** Hash of the newest entry: noted elsewhere, it proves that the chain was not made anew as a whole. */
  readonly head: string;
  /** The first thing that is wrong; undefined when the chain is whole. */
  readonly problem: string | undefined;
}

/** All reject with ERG_5001 or ERG_5002. */
export interface AuditLog {
  add(note: AuditNote): Promise<void>;
  /** The newest first. @param beforeId older than this one; undefined: from the newest */
  list(limit: number, beforeId: number | undefined): Promise<readonly AuditEntry[]>;
  verify(): Promise<AuditVerdict>;
}

/** Before the first entry. */
const NO_ENTRY_SHA256 = '0'.repeat(64);

export function hashEntry(entry: Omit<AuditEntry, 'sha256'>): string {
  const { id, atMs, actor, action, object, reason, detail, previousSha256 } = entry;
  const content = JSON.stringify([id, atMs, actor, action, object, reason, detail, previousSha256]);
  return createHash('sha256').update(content, 'utf8').digest('hex');
}

/** Follows a chain entry by entry. */
export class AuditChain {
  #id = 0;
  #sha256 = NO_ENTRY_SHA256;

  get length(): number {
    return this.#id;
  }

  get head(): string {
    return this.#sha256;
  }

  /** @returns what is wrong with it, and then it is not taken; undefined when it is the next of the chain */
  take(entry: AuditEntry): string | undefined {
    const id = this.#id + 1;
    if (entry.id !== id) {
      return `entry ${id} is missing: ${this.#id === 0 ? 'the first that there is' : `behind ${this.#id} comes`} ${entry.id}`;
    }
    if (entry.previousSha256 !== this.#sha256) {
      return `entry ${id} does not follow the entry before it: one of them was changed, exchanged or put in`;
    }
    if (entry.sha256 !== hashEntry(entry)) {
      return `entry ${id} was changed: its content does not have its hash`;
    }
    this.#id = id;
    this.#sha256 = entry.sha256;
    return undefined;
  }

  /** @param head as it was noted when the last entry was added, before the entries were read */
  end(head: { readonly lastId: number; readonly sha256: string }): string | undefined {
    if (head.lastId !== this.#id) {
      return `entries behind ${this.#id} are missing: ${head.lastId} were added`;
    }
    return head.sha256 === this.#sha256 ? undefined : `entry ${this.#id} is not the one that was added last`;
  }
}
