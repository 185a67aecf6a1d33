/** Starts a server of the demo again when somebody killed it: the demo invites to do so. */

export interface WatchedServer {
  readonly pid: number;
  start(): Promise<unknown>;
}

const LOOK_EVERY_MS = 500;
const RESTART_AFTER_MS = 2_000;

export class ServerWatch {
  readonly #servers: ReadonlyMap<string, WatchedServer>;
  readonly #onChange: (message: string) => void;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #stopped = false;
  #restarts = 0;

  constructor(servers: readonly (readonly [string, WatchedServer])[], onChange: (message: string) => void) {
    this.#servers = new Map(servers);
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves when no restart is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all(this.#busy.values());
  }

  #look(): void {
    for (const [name, server] of this.#servers) {
      if (!this.#busy.has(name) && !isAlive(server.pid)) {
        const restart = this.#restart(name, server).finally(() => this.#busy.delete(name));
        this.#busy.set(name, restart);
      }
    }
  }

  async #restart(name: string, server: WatchedServer): Promise<void> {
    this.#onChange(`${name} is gone, starting it again in ${RESTART_AFTER_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS));
    if (this.#stopped) {
      return;
    }
    try {
      await server.start();
      this.#restarts++;
      this.#onChange(`${name} is back, pid ${server.pid}`);
    } catch (error) {
      this.#onChange(`${name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
