import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { countConnections } from '../../support/drill/count-connections.ts';

test('connections of a process are counted by the port that they go to', async () => {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const count = () => countConnections([process.pid], [port]).get(port);
  expect(count()).toBe(0);
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(clients.map((client) => once(client, 'connect')));
  expect(count()).toBe(2);
  expect(countConnections([], [port]).get(port)).toBe(0);
  for (const client of clients) {
    client.destroy();
  }
  await once(server.close(), 'close').catch(() => {});
  expect(count()).toBe(0);
});
