/** What every message bus promises of hints, and of a connection that comes and goes. */
import { describe, expect, test } from 'vitest';
import { type BusUnderTest, buildMessage, OK, SUBJECT, TIMEOUT_MS, untilKnown } from '../support/bus-under-test.ts';
import { MemoryLogger } from '../support/capture-rig.ts';

export function describeBusConnectionContract(name: string, start: () => Promise<BusUnderTest>): void {
  describe(`message bus contract, hints and connection: ${name}`, () => {
    test('hints are heard by all who listen, also through a wildcard, in the order they were sent', async () => {
      await using under = await start();
      const hearer = await under.open('hearer/1');
      const sender = await under.open('sender/2');
      const heard: string[] = [];
      const all = Promise.withResolvers<void>();
      hearer.listen('ergate.test.node.heartbeat.*', ({ id }, subject) => {
        heard.push(`${subject} ${id}`);
        if (id === 'last') {
          all.resolve();
        }
      });
      await untilKnown(hearer);
      sender.publish('ergate.test.node.heartbeat.n1', buildMessage(null, 'first'));
      sender.publish('ergate.test.node.other.n1', buildMessage(null, 'other'));
      sender.publish('ergate.test.node.heartbeat.n2', buildMessage(null, 'last'));
      await all.promise;
      expect(heard).toEqual(['ergate.test.node.heartbeat.n1 first', 'ergate.test.node.heartbeat.n2 last']);
    });

    test('an unreadable hint and a hearer that throws do not end the hearing', async () => {
      await using under = await start();
      const logger = new MemoryLogger();
      const hearer = await under.open('hearer/1', logger);
      const sender = await under.open('sender/2');
      const heard = Promise.withResolvers<void>();
      hearer.listen('ergate.test.event.x', ({ body }) => {
        if (body === 'throw') {
          throw new Error('hearer');
        }
        heard.resolve();
      });
      await untilKnown(hearer);
      await under.publishRaw('ergate.test.event.x', Buffer.from('c1c1', 'hex'));
      sender.publish('ergate.test.event.x', buildMessage('throw'));
      sender.publish('ergate.test.event.x', buildMessage('fine'));
      await heard.promise;
      const names = logger.events.map((event) => event.name);
      expect(names).toEqual(expect.arrayContaining(['bus.message.unreadable', 'bus.handler.failed']));
    });

    test('while the connection is away requests reject at once, and a hint is dropped, not kept', async () => {
      await using under = await start();
      const hearer = await under.open('hearer/1');
      const sender = await under.open('sender/2');
      const heard: string[] = [];
      const last = Promise.withResolvers<void>();
      hearer.listen('ergate.test.event.x', ({ id }) => {
        heard.push(id);
        if (id === 'after') {
          last.resolve();
        }
      });
      hearer.serve(SUBJECT, async () => OK);
      await untilKnown(hearer);
      await sender.request(SUBJECT, buildMessage(), TIMEOUT_MS);
      const reconnects: string[] = [];
      sender.onReconnect(() => reconnects.push('sender'));

      await under.cutOff();
      expect([hearer.isConnected, sender.isConnected]).toEqual([false, false]);
      const startedMs = performance.now();
      await expect(sender.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_6102' });
      expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS / 2);
      sender.publish('ergate.test.event.x', buildMessage(null, 'while away'));

      await under.bringBack();
      await untilKnown(hearer);
      expect(reconnects).toEqual(['sender']);
      expect(await sender.request(SUBJECT, buildMessage(), TIMEOUT_MS)).toMatchObject({ code: 'OK' });
      sender.publish('ergate.test.event.x', buildMessage(null, 'after'));
      await last.promise;
      expect(heard).toEqual(['after']);
    });

    test('what is served and heard while away works once the connection is back', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      await under.cutOff();
      server.serve(SUBJECT, async () => OK);
      await under.bringBack();
      await untilKnown(server);
      expect(await client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).toMatchObject({ code: 'OK' });
    });

    test('closing answers what was being worked on, and refuses what comes later', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      const gate = Promise.withResolvers<typeof OK>();
      const taken = Promise.withResolvers<void>();
      server.serve(SUBJECT, () => {
        taken.resolve();
        return gate.promise;
      });
      await untilKnown(server);
      const asked = client.request(SUBJECT, buildMessage(), TIMEOUT_MS);
      await taken.promise;
      const closing = server.close();
      gate.resolve(OK);
      await closing;
      await server.close();
      expect(await asked).toMatchObject({ code: 'OK' });
      expect(server.isConnected).toBe(false);
      await expect(server.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_9001' });
      expect(() => server.publish(SUBJECT, buildMessage())).not.toThrow();
    });

    test('closing ends a request that is under way', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      const never = Promise.withResolvers<typeof OK>();
      const taken = Promise.withResolvers<void>();
      server.serve(SUBJECT, () => {
        taken.resolve();
        return never.promise;
      });
      await untilKnown(server);
      const asked = expect(client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({
        code: 'ERG_9001',
      });
      await taken.promise;
      await client.close();
      await asked;
      never.resolve(OK);
    });
  });
}
