/**
 * A TCP proxy in front of one server that does to its links what networks do to theirs, when a test says so. Loopback only.
 * What happens by chance depends on the seed alone.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import { Link } from './link.ts';
import { ActiveToxic, type Toxic, type ToxicScope } from './toxic.ts';

export interface ChaosProxyOptions {
  /** Of the server behind it. */
  readonly port: number;
  /** Requests of MySQL are told apart, for toxics that match them; default true. */
  readonly isMysql?: boolean;
  readonly seed?: number;
}

const HOST = '127.0.0.1';

export class ChaosProxy implements AsyncDisposable {
  readonly #options: ChaosProxyOptions;
  readonly #random: SeededRandom;
  readonly #links = new Set<Link>();
  readonly #toxics = new Set<ActiveToxic>();
  readonly #paused = new Set<Socket>();
  #listener: Server | undefined;
  #port = 0;
  #accepted = 0;
  #refusals = 0;

  private constructor(options: ChaosProxyOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed ?? 1);
  }

  static async open(options: ChaosProxyOptions): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Clients that came so far. */
  get accepted(): number {
    return this.#accepted;
  }

  get openLinks(): number {
    return this.#links.size;
  }

  /** Clients that have not gone. */
  get clients(): number {
    return [...this.#links].filter(({ hasClient }) => hasClient).length;
  }

  /** At work until it is removed. */
  add(toxic: Toxic, scope: ToxicScope = {}): ActiveToxic {
    const active: ActiveToxic = new ActiveToxic(toxic, scope, () => this.#remove(active));
    this.#toxics.add(active);
    if (toxic.kind === 'refuse') {
      this.#refusals += 1;
      this.#listener?.close();
      this.#listener = undefined;
    }
    for (const link of this.#links) {
      this.#apply(active, link);
    }
    return active;
  }

  /** Resets the links that are open now. @param keepServer the server hears nothing of it */
  reset(keepServer = false): void {
    this.add({ kind: 'reset', keepServer }, { links: 'open' }).remove();
  }

  /** Removes all toxics. */
  heal(): void {
    for (const active of this.#toxics) {
      active.remove();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const socket of this.#paused) {
      socket.destroy();
    }
    for (const link of this.#links) {
      link.destroy();
    }
  }

  async #listen(): Promise<void> {
    const listener = createServer((client) => this.#accept(client));
    this.#listener = listener;
    listener.listen(this.#port, HOST);
    await once(listener, 'listening');
    const address = listener.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    if ([...this.#toxics].some(({ toxic }) => toxic.kind === 'pauseAccept')) {
      this.#paused.add(client);
      client.on('error', () => {}); // it gave up
      client.on('close', () => this.#paused.delete(client));
    } else {
      this.#open(client);
    }
  }

  #open(client: Socket): void {
    const server = connect(this.#options.port, HOST);
    const { isMysql = true } = this.#options;
    const onClosed = (link: Link) => this.#links.delete(link);
    const link = new Link({ client, server, isMysql, random: this.#random, onClosed });
    this.#links.add(link);
    for (const active of this.#toxics) {
      if (active.scope.links !== 'open') {
        this.#apply(active, link);
      }
    }
  }

  #apply(active: ActiveToxic, link: Link): void {
    const { probability = 1 } = active.scope;
    if (probability >= 1 || this.#random.chance(probability)) {
      link.addToxic(active);
    }
  }

  #remove(active: ActiveToxic): void {
    const wasAtWork = this.#toxics.delete(active);
    for (const link of this.#links) {
      link.removeToxic(active);
    }
    if (wasAtWork && active.toxic.kind === 'refuse') {
      this.#refusals -= 1;
      if (this.#refusals === 0) {
        void this.#listen();
      }
    }
    if (active.toxic.kind === 'pauseAccept') {
      for (const client of this.#paused) {
        this.#paused.delete(client);
        this.#open(client);
      }
    }
  }
}
