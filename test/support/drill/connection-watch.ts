import { countConnections } from './count-connections.ts';
import type { Drill } from './drill.ts';

const LOOK_EVERY_MS = 500;
const DATABASES = ['order', 'seller0', 'seller1', 'settlement', 'state'] as const;
const NODES = ['node-1', 'node-2'];

/** The most connections that all nodes together held to each database server. */
export class ConnectionWatch implements Disposable {
  readonly #drill: Drill;
  readonly #timer: NodeJS.Timeout;
  readonly #peaks = new Map<string, number>();

  constructor(drill: Drill) {
    this.#drill = drill;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** By name of the server. */
  get peaks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#peaks);
  }

  /** @returns servers with more than these */
  listAbove(limits: Readonly<Record<string, number>>): readonly string[] {
    return [...this.#peaks].flatMap(([name, peak]) => (peak > (limits[name] ?? 0) ? [`${name}: ${peak}`] : []));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { processes, stack } = this.#drill;
    const pids = NODES.flatMap((node) => processes.get(node).pid ?? []);
    const portOf = (name: (typeof DATABASES)[number]) => stack.servers[name].port;
    const counts = countConnections(pids, DATABASES.map(portOf));
    for (const name of DATABASES) {
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, counts.get(portOf(name)) ?? 0));
    }
  }
}
