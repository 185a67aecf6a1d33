/** One client and its connection to the server, with a pipe for each direction. */
import type { Socket } from 'node:net';
import type { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import { MysqlAnswer } from './mysql-answer.ts';
import { type MysqlPacket, MysqlPackets } from './mysql-packets.ts';
import { Pipe } from './pipe.ts';
import type { ActiveToxic, RequestToxic } from './toxic.ts';

export interface LinkOptions {
  readonly client: Socket;
  readonly server: Socket;
  readonly isMysql: boolean;
  readonly random: SeededRandom;
  readonly onClosed: (link: Link) => void;
}

const COM_QUERY = 0x03;
const DEPRECATE_EOF = 1 << 24;
const FOREVER_MS = Number.POSITIVE_INFINITY;

export class Link {
  readonly #options: LinkOptions;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  readonly #requests = new MysqlPackets();
  readonly #answers = new MysqlPackets();
  readonly #requestToxics = new Set<ActiveToxic>();
  readonly #releases = new Map<ActiveToxic, (() => void)[]>();
  #hasEndOfColumns = true;
  #isLoggedIn = false;
  /** Swallows the answer that is under way. */
  #swallowing: { readonly toxic: ActiveToxic; readonly answer: MysqlAnswer } | undefined;
  #closedSides = 0;
  #keepsServer = false;

  constructor(options: LinkOptions) {
    const { client, server, random } = options;
    this.#options = options;
    const onLimit = () => this.reset();
    this.#toServer = new Pipe({ direction: 'to-server', to: server, random, onLimit });
    this.#toClient = new Pipe({ direction: 'to-client', to: client, random, onLimit });
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('error', () => {}); // a reset is what tests want
    server.on('error', () => {}); // told by its end
    client.on('data', (chunk) => this.#takeRequest(chunk));
    server.on('data', (chunk) => this.#takeAnswer(chunk));
    client.on('close', () => this.#closed(this.#keepsServer ? undefined : this.#toServer));
    server.on('close', () => this.#closed(this.#toClient));
  }

  /** False when only the server still has its end, as one that is frozen has. */
  get hasClient(): boolean {
    return !this.#options.client.destroyed;
  }

  addToxic(active: ActiveToxic): void {
    const { toxic } = active;
    if (toxic.kind === 'reset') {
      active.hit();
      this.reset(toxic.keepServer);
    } else if ('match' in toxic) {
      this.#requestToxics.add(active);
    } else {
      this.#toServer.addToxic(active);
      this.#toClient.addToxic(active);
    }
  }

  removeToxic(active: ActiveToxic): void {
    this.#requestToxics.delete(active);
    for (const release of this.#releases.get(active) ?? []) {
      release();
    }
    this.#releases.delete(active);
    this.#toServer.removeToxic(active);
    this.#toClient.removeToxic(active);
  }

  /** @param keepServer the server hears nothing of it, as behind a broken network */
  reset(keepServer = false): void {
    const { client, server } = this.#options;
    if (client.destroyed) {
      return; // a server that was left alone stays so
    }
    this.#keepsServer = keepServer;
    client.resetAndDestroy();
    this.#toClient.stop();
    if (!keepServer) {
      this.#toServer.stop();
      server.resetAndDestroy();
    }
  }

  destroy(): void {
    this.#toServer.stop();
    this.#toClient.stop();
    this.#options.client.destroy();
    this.#options.server.destroy();
  }

  #takeRequest(chunk: Buffer): void {
    if (!this.#options.isMysql) {
      this.#toServer.push(chunk);
      return;
    }
    for (const packet of this.#requests.take(chunk)) {
      this.#passRequest(packet);
    }
  }

  #passRequest(packet: MysqlPacket): void {
    if (!this.#isLoggedIn) {
      this.#isLoggedIn = true;
      this.#hasEndOfColumns = (packet.payload.readUInt32LE(0) & DEPRECATE_EOF) === 0;
    }
    const found = this.#findToxic(packet);
    if (found === undefined) {
      this.#toServer.push(packet.bytes);
      return;
    }
    const { active, toxic } = found;
    active.hit();
    if (toxic.kind === 'dropRequest') {
      this.reset();
    } else if (toxic.kind === 'holdRequest') {
      const release = this.#toServer.push(packet.bytes, toxic.ms ?? FOREVER_MS);
      this.#releases.set(active, [...(this.#releases.get(active) ?? []), release]);
    } else {
      this.#swallowing = { toxic: active, answer: new MysqlAnswer(this.#hasEndOfColumns) };
      this.#toServer.push(packet.bytes);
    }
  }

  #findToxic({ payload, sequence }: MysqlPacket): { active: ActiveToxic; toxic: RequestToxic } | undefined {
    if (this.#requestToxics.size === 0 || sequence !== 0 || payload[0] !== COM_QUERY) {
      return undefined;
    }
    const text = payload.toString('latin1', 1);
    for (const active of this.#requestToxics) {
      const { toxic } = active;
      if ('match' in toxic && !active.isUsedUp && toxic.match.test(text)) {
        return { active, toxic };
      }
    }
    return undefined;
  }

  #takeAnswer(chunk: Buffer): void {
    if (this.#swallowing === undefined) {
      this.#toClient.push(chunk);
      return;
    }
    const { answer, toxic } = this.#swallowing;
    // A client of MySQL waits for the answer, so the first packet here is the first of the answer to the request.
    for (const { payload } of this.#answers.take(chunk)) {
      if (answer.take(payload)) {
        const drop = toxic.toxic;
        this.reset(drop.kind === 'dropReplyAfter' && drop.keepServer);
        return;
      }
    }
  }

  /** @param pipe what the other side hears it through */
  #closed(pipe: Pipe | undefined): void {
    pipe?.end();
    this.#closedSides += 1;
    if (this.#closedSides === 2) {
      this.#options.onClosed(this);
    }
  }
}
