/**
 * The nodes as their heartbeats show them. How long a node has been silent is measured by our own monotonic clock, and
 * only while we could hear: after a time in which we could not, every node gets the full time again.
 */
import type { NodeHeartbeat } from '../../protocol/message/node-message.ts';

/** live · silent: missed its last heartbeats · dead: silent for too long, or ended after draining */
export type NodeState = 'live' | 'silent' | 'dead' | 'draining';

export interface KnownNode {
  readonly name: string;
  readonly heartbeat: NodeHeartbeat;
  readonly heardMs: number;
  readonly state: NodeState;
  readonly diedMs: number | undefined;
  /** Of one core, between the last two heartbeats. */
  readonly cpuPercent: number;
}

export interface NodeLimits {
  readonly heartbeatEveryMs: number;
  readonly deadAfterMs: number;
}

/** What a heartbeat told: `older` comes from an older process with the same name, and is not looked at. */
export type Hearing = 'new' | 'known' | 'older' | 'refused';

/** Shown as dead for so long, then forgotten. */
const FORGET_AFTER_MS = 600_000;
const MAX_NODES = 1_000;
const SILENT_AFTER_HEARTBEATS = 2;

export class NodeRegistry {
  readonly #limits: NodeLimits;
  readonly #silentAfterMs: number;
  readonly #nodes = new Map<string, KnownNode>();
  /** By node: when an older process of the same name was last heard. */
  readonly #doubles = new Map<string, number>();
  #hearingSinceMs: number;
  #changedMs: number;

  constructor(limits: NodeLimits, nowMs: number) {
    const { heartbeatEveryMs, deadAfterMs } = limits;
    this.#limits = limits;
    this.#silentAfterMs = Math.min(SILENT_AFTER_HEARTBEATS * heartbeatEveryMs, (heartbeatEveryMs + deadAfterMs) / 2);
    this.#hearingSinceMs = nowMs;
    this.#changedMs = nowMs;
  }

  get list(): readonly KnownNode[] {
    return [...this.#nodes.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  get deadAfterMs(): number {
    return this.#limits.deadAfterMs;
  }

  find(name: string): KnownNode | undefined {
    return this.#nodes.get(name);
  }

  /** True when no node came or went lately. */
  isCalm(nowMs: number): boolean {
    return nowMs - this.#changedMs >= this.#limits.deadAfterMs;
  }

  /** True once every living node must have been heard. */
  hasSettled(nowMs: number): boolean {
    return nowMs - this.#hearingSinceMs >= this.#limits.deadAfterMs;
  }

  /** Heartbeats may have been missed until now. */
  restartHearing(nowMs: number): void {
    this.#hearingSinceMs = nowMs;
  }

  hear(heartbeat: NodeHeartbeat, nowMs: number): Hearing {
    const known = this.#nodes.get(heartbeat.node);
    if (known !== undefined && known.state !== 'dead' && isOlderBoot(heartbeat, known.heartbeat)) {
      this.#doubles.set(heartbeat.node, nowMs);
      return 'older';
    }
    if (known === undefined && this.#nodes.size >= MAX_NODES) {
      return 'refused';
    }
    const isSame = known?.heartbeat.boot === heartbeat.boot;
    if (!isSame || known.state === 'dead') {
      this.#changedMs = nowMs;
    }
    this.#nodes.set(heartbeat.node, {
      name: heartbeat.node,
      heartbeat,
      heardMs: nowMs,
      state: heartbeat.draining ? 'draining' : 'live',
      diedMs: undefined,
      cpuPercent: isSame ? measureCpu(known, heartbeat, nowMs) : 0,
    });
    return isSame ? 'known' : 'new';
  }

  /** Ages every node. @returns those that died just now */
  advance(nowMs: number): KnownNode[] {
    const died: KnownNode[] = [];
    for (const node of this.#nodes.values()) {
      const state = this.#judge(node, nowMs);
      if (state === 'dead' && node.diedMs !== undefined && nowMs - node.diedMs > FORGET_AFTER_MS) {
        this.#nodes.delete(node.name);
        this.#doubles.delete(node.name);
      } else if (state !== node.state) {
        const aged = { ...node, state, diedMs: state === 'dead' ? nowMs : undefined };
        this.#nodes.set(node.name, aged);
        if (state === 'dead') {
          died.push(aged);
          this.#changedMs = nowMs;
        }
      }
    }
    return died;
  }

  /** Nodes of which two processes were heard lately. */
  listDoubles(nowMs: number): string[] {
    return [...this.#doubles]
      .filter(([, heardMs]) => nowMs - heardMs < 2 * this.#limits.deadAfterMs)
      .map(([node]) => node);
  }

  #judge(node: KnownNode, nowMs: number): NodeState {
    if (node.state === 'dead') {
      return 'dead'; // until it is heard again
    }
    const silentMs = nowMs - Math.max(node.heardMs, this.#hearingSinceMs);
    if (silentMs >= this.#limits.deadAfterMs) {
      return 'dead';
    }
    if (node.heartbeat.draining) {
      return 'draining';
    }
    return silentMs >= this.#silentAfterMs ? 'silent' : 'live';
  }
}

/** By the wall clock of the node's machine; when that was set back, a restarted node counts once the old one is dead. */
function isOlderBoot(heartbeat: NodeHeartbeat, known: NodeHeartbeat): boolean {
  return heartbeat.boot !== known.boot && heartbeat.startedMs < known.startedMs;
}

function measureCpu(known: KnownNode, heartbeat: NodeHeartbeat, nowMs: number): number {
  const usedSeconds = heartbeat.cpuSeconds - known.heartbeat.cpuSeconds;
  const passedMs = nowMs - known.heardMs;
  return usedSeconds > 0 && passedMs > 0 ? (usedSeconds * 1_000 * 100) / passedMs : 0;
}
