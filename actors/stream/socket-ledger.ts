import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** The client library has no key of its own for this; its default of 60 s is too slow to notice a dead peer. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/**
 * Every socket that one Kafka client opens. kafkajs cannot be stopped while it joins or retries, and keeps using a
 * connection whose peer went silent; with the ledger its sockets can be cut, and none can be opened after the end.
 */
export class SocketLedger {
  readonly #open = new Set<net.Socket>();
  #closed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#closed) {
      throw new Error('the client is closed');
    }
    const socket = ssl
      ? tls.connect({ host, port, ...serverName(host), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  get size(): number {
    return this.#open.size;
  }

  /** Cuts every connection; the library sees errors and connects anew. */
  cut(reason: string): void {
    for (const socket of this.#open) {
      socket.destroy(new Error(reason));
    }
  }

  /** Cuts every connection, and lets none be opened again. */
  close(): void {
    this.#closed = true;
    this.cut('the client is closed');
  }
}

function serverName(host: string): { servername?: string } {
  return net.isIP(host) === 0 ? { servername: host } : {};
}
