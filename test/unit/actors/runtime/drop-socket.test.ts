import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { openMysql } from '../../../../actors/runtime/mysql-connection.ts';
import { Secret } from '../../../../protocol/settings/secret.ts';
import { countConnections } from '../../../support/drill/count-connections.ts';

test('a connection that is given up keeps no socket, though its server neither answers nor ends it', async () => {
  // As a frozen server: the kernel takes connections, and nobody reads them.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const sockets: { destroy(): void }[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const giveUp = new AbortController();
    const target = { host: '127.0.0.1', port, user: 'u', password: new Secret('p'), database: 'd' };
    const opening = openMysql(target, { deadlineMs: 10_000, signal: giveUp.signal });
    opening.catch(() => {}); // looked at below
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    giveUp.abort();
    await expect(opening).rejects.toThrow();
    await vi.waitFor(() => expect(countConnections([process.pid], [port]).get(port)).toBe(0));
  } finally {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  }
});
