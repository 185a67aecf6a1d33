/** What every message bus promises of requests, whatever carries them. */
import { describe, expect, test } from 'vitest';
import { MAX_PENDING_REQUESTS } from '../../actors/runtime/bus-endpoint.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { decodeReply, MAX_MESSAGE_BYTES } from '../../protocol/message/message-codec.ts';
import { type BusUnderTest, buildMessage, OK, SUBJECT, TIMEOUT_MS, untilKnown } from '../support/bus-under-test.ts';
import { MemoryLogger } from '../support/capture-rig.ts';

export function describeBusRequestContract(name: string, start: () => Promise<BusUnderTest>): void {
  describe(`message bus contract, requests: ${name}`, () => {
    test('a request reaches who serves its subject, whole, and its answer comes back', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      server.serve(SUBJECT, async (envelope) => ({ code: 'OK', message: 'done', maxEpoch: 9, body: envelope }));
      await untilKnown(server);

      const body = { job: { name: 'sink.a.0' }, bytes: Buffer.from([0, 255]), gone: undefined, deep: [{ n: 2 ** 40 }] };
      const reply = await client.request(SUBJECT, buildMessage(body), TIMEOUT_MS);

      expect(reply).toMatchObject({ code: 'OK', message: 'done', maxEpoch: 9 });
      expect(reply.body).toEqual({
        v: 1,
        type: 'test',
        id: 'm1',
        sender: 'client/2',
        epoch: 7,
        correlation: '',
        body: { job: { name: 'sink.a.0' }, bytes: Buffer.from([0, 255]), deep: [{ n: 2 ** 40 }] },
      });
    });

    test('a request that nobody serves is refused at once', async () => {
      await using under = await start();
      const client = await under.open('client/1');
      const startedMs = performance.now();
      await expect(client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_6101' });
      expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS / 2);
    });

    test('a request that is not answered in time ends with a code of its own', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      const never = Promise.withResolvers<typeof OK>();
      server.serve(SUBJECT, () => never.promise);
      await untilKnown(server);
      await expect(client.request(SUBJECT, buildMessage(), 50)).rejects.toMatchObject({ code: 'ERG_6102' });
      never.resolve(OK);
    });

    test('who stops serving is gone for those who ask', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      const serving = server.serve(SUBJECT, async () => OK);
      await untilKnown(server);
      await client.request(SUBJECT, buildMessage(), TIMEOUT_MS);
      serving[Symbol.dispose]();
      await untilKnown(server);
      await expect(client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_6101' });
    });

    test('a handler that throws is answered FAILED, and serves the next request', async () => {
      await using under = await start();
      const logger = new MemoryLogger();
      const server = await under.open('server/1', logger);
      const client = await under.open('client/2');
      server.serve(SUBJECT, async ({ body }) => {
        if (body === 'bad') {
          throw new ReplicationError('ERG_1204', 'Kafka is away');
        }
        return OK;
      });
      await untilKnown(server);
      const failed = await client.request(SUBJECT, buildMessage('bad'), TIMEOUT_MS);
      expect(failed).toMatchObject({ code: 'FAILED', message: 'ERG_1204: Kafka is away' });
      expect(await client.request(SUBJECT, buildMessage('good'), TIMEOUT_MS)).toMatchObject({ code: 'OK' });
      expect(logger.events.map((event) => event.name)).toContain('bus.handler.failed');
    });

    test.each([
      ['no bytes', Buffer.alloc(0)],
      ['text', Buffer.from('hello')],
      ['an array that announces thirty million values', Buffer.from('dd01c9c380', 'hex')],
      ['a map without the fields of an envelope', Buffer.from('80', 'hex')],
    ])('%s instead of a request is answered POISON, and the next request is served', async (_, bytes) => {
      await using under = await start();
      const server = await under.open('server/1');
      server.serve(SUBJECT, async () => OK);
      await untilKnown(server);
      expect(decodeReply(await under.requestRaw(SUBJECT, bytes))).toMatchObject({ code: 'POISON' });
      const client = await under.open('client/2');
      expect(await client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).toMatchObject({ code: 'OK' });
    });

    test('a flood of requests is answered BUSY, and what was taken is finished', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      const gate = Promise.withResolvers<typeof OK>();
      const full = Promise.withResolvers<void>();
      let taken = 0;
      server.serve(SUBJECT, () => {
        taken++;
        if (taken === MAX_PENDING_REQUESTS) {
          full.resolve();
        }
        return gate.promise;
      });
      await untilKnown(server);
      const asked = Array.from({ length: MAX_PENDING_REQUESTS }, () =>
        client.request(SUBJECT, buildMessage(), TIMEOUT_MS),
      );
      await full.promise;
      expect(await client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).toMatchObject({ code: 'BUSY' });
      gate.resolve(OK);
      expect((await Promise.all(asked)).every(({ code }) => code === 'OK')).toBe(true);
    });

    test('an answer that is none rejects as unreadable', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      server.serveJson(SUBJECT, () => ({ not: 'msgpack' }));
      await untilKnown(server);
      const client = await under.open('client/2');
      await expect(client.request(SUBJECT, buildMessage(), TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_6103' });
    });

    test('a message larger than NATS carries is refused where it is sent', async () => {
      await using under = await start();
      const logger = new MemoryLogger();
      const server = await under.open('server/1', logger);
      const client = await under.open('client/2', logger);
      const large = Buffer.alloc(MAX_MESSAGE_BYTES);
      server.serve(SUBJECT, async ({ body }) => ({ ...OK, body: body === 'large' ? large : null }));
      await untilKnown(server);

      await expect(client.request(SUBJECT, buildMessage(large), TIMEOUT_MS)).rejects.toMatchObject({
        code: 'ERG_6104',
      });
      client.publish(SUBJECT, buildMessage(large));
      expect(logger.events.map((event) => event.name)).toEqual(expect.arrayContaining(['bus.message.unsent']));
      const answered = await client.request(SUBJECT, buildMessage('large'), TIMEOUT_MS);
      expect(answered).toMatchObject({ code: 'FAILED', message: expect.stringContaining('ERG_6104') });
      const fits = Buffer.alloc(MAX_MESSAGE_BYTES - 1_024);
      expect(await client.request(SUBJECT, buildMessage(fits), TIMEOUT_MS)).toMatchObject({ code: 'OK' });
    });

    test('JSON is served to whoever asks, whatever was asked', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      server.serveJson(SUBJECT, () => ({ jobs: [1, 2], at: 'now' }));
      await untilKnown(server);
      expect(await client.requestJson(SUBJECT, TIMEOUT_MS)).toEqual({ jobs: [1, 2], at: 'now' });
      const raw = await under.requestRaw(SUBJECT, Buffer.from('please'));
      expect(JSON.parse(Buffer.from(raw).toString('utf8'))).toEqual({ jobs: [1, 2], at: 'now' });
      await expect(client.requestJson('ergate.test.nobody', TIMEOUT_MS)).rejects.toMatchObject({ code: 'ERG_6101' });
    });

    test('JSON that cannot be made, or is too large, rejects at the asker and says why', async () => {
      await using under = await start();
      const server = await under.open('server/1');
      const client = await under.open('client/2');
      server.serveJson('ergate.test.a', () => {
        throw new ReplicationError('ERG_5001', 'no state database');
      });
      server.serveJson('ergate.test.b', () => 'x'.repeat(MAX_MESSAGE_BYTES));
      server.serve('ergate.test.c', async () => OK);
      await untilKnown(server);
      for (const [subject, reason] of [
        ['ergate.test.a', /ERG_5001: no state database/],
        ['ergate.test.b', /ERG_6104/],
        ['ergate.test.c', /expected JSON/],
      ] as const) {
        const asked = client.requestJson(subject, TIMEOUT_MS);
        await expect(asked).rejects.toMatchObject({ code: 'ERG_6103', message: expect.stringMatching(reason) });
      }
    });
  });
}
