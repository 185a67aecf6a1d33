/**
 * Loopback ports for servers that must come back on the same port after a kill.
 *
 * They lie below the range from which the kernel takes the ports of outgoing connections (32768 and up): a port from
 * that range may be in use by any client while its server is down, and the server could not come back.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const LOWEST_PORT = 20_000;
const PORT_COUNT = 10_000;
const MAX_TRIES = 100;

export async function choosePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === MAX_TRIES) {
      throw new Error(`no free loopback port found in ${MAX_TRIES} tries`);
    }
    // Random, not the next one: two stacks that start together then rarely meet, and a server that does fails to bind
    // and tries another.
    const port = LOWEST_PORT + randomInt(PORT_COUNT);
    if (!ports.has(port) && (await isPortFree(port))) {
      ports.add(port);
    }
  }
  return [...ports];
}

export async function arePortsFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isPortFree(port))) {
      return false;
    }
  }
  return true;
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
