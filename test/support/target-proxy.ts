/** A TCP proxy in front of a target: loses answers, holds requests back, cuts. What it does is up to the test, at once. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly held: Buffer[];
}

export class TargetProxy implements AsyncDisposable {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #losesAnswers = false;
  #holdsRequests = false;

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  static async open(port: number): Promise<TargetProxy> {
    const listener = createServer();
    const proxy = new TargetProxy(listener);
    listener.on('connection', (client) => proxy.#link(client, connect(port, '127.0.0.1')));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#listener.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** From now on, answers of the server go nowhere. */
  loseAnswers(): void {
    this.#losesAnswers = true;
  }

  /** From now on, requests of the client are kept, even after the client has gone. */
  holdRequests(): void {
    this.#holdsRequests = true;
  }

  /** Everything passes again; what is held goes on to the server. Lost answers stay lost. */
  pass(): void {
    this.#losesAnswers = false;
    this.#holdsRequests = false;
    for (const { server, held } of this.#links) {
      for (const chunk of held.splice(0)) {
        server.write(chunk);
      }
    }
  }

  /** New requests pass, held ones stay held. */
  passNew(): void {
    this.#losesAnswers = false;
    this.#holdsRequests = false;
  }

  /** Resets all clients. The server keeps its side of the connection. */
  cutClients(): void {
    for (const { client } of this.#links) {
      client.resetAndDestroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { client, server } of this.#links) {
      client.destroy();
      server.destroy();
    }
  }

  #link(client: Socket, server: Socket): void {
    const link: Link = { client, server, held: [] };
    this.#links.add(link);
    client.on('error', () => {}); // a reset is what tests want
    server.on('error', () => client.destroy());
    client.on('data', (chunk) => {
      if (this.#holdsRequests || link.held.length > 0) {
        link.held.push(chunk);
      } else {
        server.write(chunk);
      }
    });
    server.on('data', (chunk) => {
      if (!this.#losesAnswers) {
        client.write(chunk);
      }
    });
    server.on('close', () => client.destroy());
  }
}
