import { describe, expect, test } from 'vitest';
import { BreakerBoard } from '../../../../actors/breaker/breaker-board.ts';
import type { BreakerOrder } from '../../../../actors/breaker/breaker-order.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import type { Envelope } from '../../../../protocol/message/envelope.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/** Hints reach everybody, the sender too. */
class Hints {
  readonly #hear = new Map<string, Set<(message: Envelope) => void>>();

  publish(subject: string, message: object): void {
    for (const hear of this.#hear.get(subject) ?? []) {
      hear(message as Envelope);
    }
  }

  listen(subject: string, hear: (message: Envelope) => void): Disposable {
    const all = this.#hear.get(subject) ?? new Set();
    all.add(hear);
    this.#hear.set(subject, all);
    return { [Symbol.dispose]: () => all.delete(hear) };
  }
}

class Rig implements Disposable {
  readonly clock = new ManualClock();
  readonly hints = new Hints();
  orders: readonly BreakerOrder[] | ReplicationError = [];
  list = async (): Promise<readonly BreakerOrder[]> => {
    if (this.orders instanceof ReplicationError) {
      throw this.orders;
    }
    return this.orders;
  };
  readonly #boards: BreakerBoard[] = [];

  /** Of another process each. */
  gate(isWell: () => boolean, shard = 's0') {
    const board = new BreakerBoard({
      environment: 'test',
      bus: this.hints as never, // the two methods that it uses
      orders: { list: () => this.list() },
      clock: this.clock,
      logger: silentLogger,
    });
    this.#boards.push(board);
    const validate = async () => {
      if (!isWell()) {
        throw new ReplicationError('ERG_3001', 'away');
      }
    };
    return board.gateOf({ pipeline: 'p', shard, rules: { failures: 1, openForMs: 30_000 }, validate });
  }

  describe() {
    return this.#boards.flatMap((board) => board.describe());
  }

  [Symbol.dispose](): void {
    for (const board of this.#boards) {
      board[Symbol.dispose]();
    }
  }
}

function anOrder(id: number, action: 'open' | 'close', shard = 's0'): BreakerOrder {
  return { id, pipeline: 'p', shard, action, reason: 'upgrade', by: 'ann@host', at: '2026-01-01 00:00:00.000' };
}

async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await Promise.resolve();
  }
}

const away = new ReplicationError('ERG_3001', 'away');

describe('the breakers of several processes', () => {
  test('open together when the shard is away for all', async () => {
    using rig = new Rig();
    const [one, other] = [rig.gate(() => false), rig.gate(() => false)];
    one.sawFailure(away);
    await settle();
    expect([one.refusal?.code, other.refusal?.code]).toEqual(['ERG_3011', 'ERG_3011']);
  });

  test('do not follow one that is cut off alone', async () => {
    using rig = new Rig();
    const [one, other] = [rig.gate(() => false), rig.gate(() => true)];
    one.sawFailure(away);
    await settle();
    expect(one.refusal?.code).toBe('ERG_3011');
    expect(other.refusal).toBeUndefined();
  });

  test('ask once each when one is cut off alone, and do not set each other off again and again', async () => {
    using rig = new Rig();
    const queries = [0, 0];
    const gates = [false, true].map((isWell, at) =>
      rig.gate(() => {
        queries[at] = (queries[at] ?? 0) + 1;
        return isWell;
      }),
    );
    gates[0]?.sawFailure(away);
    await settle(200);
    expect(queries).toEqual([1, 1]);
    for (let probes = 0; probes < 3; probes += 1) {
      rig.clock.advance(30_000);
      await settle(200);
    }
    expect(queries).toEqual([4, 1]);
    expect(gates.map((gate) => gate.refusal?.code)).toEqual(['ERG_3011', undefined]);
  });

  test('close together when one has found the shard well', async () => {
    using rig = new Rig();
    let isWell = false;
    const [one, other] = [rig.gate(() => isWell), rig.gate(() => isWell)];
    one.sawFailure(away);
    await settle();
    isWell = true;
    rig.clock.advance(30_000);
    await settle();
    expect([one.refusal, other.refusal]).toEqual([undefined, undefined]);
  });
});

describe('an order by hand', () => {
  test('is obeyed once, by every process, also by one that starts later', async () => {
    using rig = new Rig();
    const first = rig.gate(() => true);
    rig.orders = [anOrder(1, 'open')];
    await settle();
    rig.clock.advance(2_000);
    await settle();
    const later = rig.gate(() => true);
    await settle();
    expect([first.refusal?.code, later.refusal?.code]).toEqual(['ERG_3012', 'ERG_3012']);
    expect(rig.describe()).toMatchObject([
      { pipeline: 'p', shard: 's0', state: 'held', reason: 'upgrade (ann@host)' },
      { pipeline: 'p', shard: 's0', state: 'held' },
    ]);
    rig.orders = [anOrder(2, 'close')];
    rig.clock.advance(2_000);
    await settle();
    expect([first.refusal, later.refusal]).toEqual([undefined, undefined]);
    expect(rig.describe()).toEqual([]);
  });

  test('is known before anything is sent to the shard', async () => {
    using rig = new Rig();
    rig.orders = [anOrder(1, 'open')];
    const gate = rig.gate(() => true);
    expect(gate.refusal).toBeUndefined();
    await gate.known;
    expect(gate.refusal?.code).toBe('ERG_3012');
  });

  test('is not waited for when nobody can tell', async () => {
    using rig = new Rig();
    const told: string[] = [];
    rig.orders = new ReplicationError('ERG_5001', 'away');
    void rig.gate(() => true).known.then(() => told.push('away'));
    await settle();
    rig.list = () => new Promise(() => {});
    void rig.gate(() => true).known.then(() => told.push('silent'));
    await settle();
    expect(told).toEqual(['away']);
    rig.clock.advance(2_000);
    await settle();
    expect(told).toEqual(['away', 'silent']);
  });

  test('stays in force while the state database is away', async () => {
    using rig = new Rig();
    rig.orders = [anOrder(1, 'open')];
    const gate = rig.gate(() => true);
    await settle();
    rig.orders = new ReplicationError('ERG_5001', 'away');
    rig.clock.advance(2_000);
    await settle();
    rig.clock.advance(60_000);
    await settle();
    expect(gate.refusal?.code).toBe('ERG_3012');
  });

  test('is of its shard alone', async () => {
    using rig = new Rig();
    rig.orders = [anOrder(1, 'open', 's1')];
    const gate = rig.gate(() => true, 's0');
    await settle();
    expect(gate.refusal).toBeUndefined();
  });
});
