import { describe, expect, it } from 'vitest';
import { RetryQueue, type RetryQueueOptions } from '../../../../actors/runtime/retry-queue.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const AWAY = new ReplicationError('ERG_6102', 'away');

/** A taker that answers when it is told to, and a queue before it that sends two at a time. */
function openQueue(broken: Partial<RetryQueueOptions<string, string>> = {}) {
  const clock = new ManualClock();
  const sent: { batch: readonly string[]; batchNo: number; answer: PromiseWithResolvers<string> }[] = [];
  const taken: [readonly string[], string][] = [];
  const retries: number[] = [];
  const failures: unknown[] = [];
  const queue = new RetryQueue<string, string>({
    choose: (waiting) => waiting.slice(0, 2),
    send: (batch, batchNo) => {
      const answer = Promise.withResolvers<string>();
      sent.push({ batch, batchNo, answer });
      return answer.promise;
    },
    onTaken: (batch, answer) => taken.push([batch, answer]),
    onRetry: (_, batch, delayMs) => {
      retries.push(batch.length);
      setImmediate(() => clock.advance(delayMs));
    },
    onFailed: (error) => failures.push(error),
    clock,
    random: () => 0.5,
    ...broken,
  });
  const settle = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { queue, sent, taken, retries, failures, settle };
}

describe('RetryQueue', () => {
  it('sends in order what was added in one moment, batch after batch', async () => {
    const { queue, sent, taken, settle } = openQueue();
    queue.add(['a']);
    queue.add(['b', 'c']);
    await settle();
    expect(sent.map(({ batch }) => batch)).toEqual([['a', 'b']]);
    sent[0]?.answer.resolve('yes');
    await settle();
    sent[1]?.answer.resolve('yes');
    await settle();
    expect(taken).toEqual([
      [['a', 'b'], 'yes'],
      [['c'], 'yes'],
    ]);
    expect(queue.size).toBe(0);
  });

  it('sends the same batch under the same number until it is taken, whatever comes meanwhile', async () => {
    const { queue, sent, taken, retries, settle } = openQueue();
    queue.add(['a']);
    await settle();
    queue.add(['b']);
    sent[0]?.answer.reject(AWAY);
    await settle();
    expect(queue.blocked).toBe(AWAY.message);
    expect(queue.size).toBe(2);
    sent[1]?.answer.resolve('yes');
    await settle();
    sent[2]?.answer.resolve('yes');
    await settle();
    expect(sent.map(({ batch, batchNo }) => [batch, batchNo])).toEqual([
      [['a'], 0],
      [['a'], 0],
      [['b'], 1],
    ]);
    expect(retries).toEqual([1]);
    expect(taken).toHaveLength(2);
    expect(queue.blocked).toBeUndefined();
  });

  it('tells nobody what is answered after the stop, and sends nothing more', async () => {
    const { queue, sent, taken, settle } = openQueue();
    queue.add(['a', 'b', 'c']);
    await settle();
    const stopping = queue.stop();
    sent[0]?.answer.resolve('yes');
    await stopping;
    queue.add(['d']);
    await settle();
    expect(sent).toHaveLength(1);
    expect(taken).toEqual([]);
  });

  it.each([
    ['choose', 0],
    ['onTaken', 1],
  ] as const)('ends and tells when %s throws, which is a bug: nothing more is sent', async (broken, sends) => {
    const { queue, sent, failures, settle } = openQueue({
      [broken]: () => {
        throw new TypeError('a bug');
      },
    });
    queue.add(['a', 'b', 'c']);
    await settle();
    sent[0]?.answer.resolve('yes');
    await settle();
    queue.add(['d']);
    await settle();
    expect(failures).toEqual([new TypeError('a bug')]);
    expect(sent).toHaveLength(sends);
    await queue.stop();
  });
});
