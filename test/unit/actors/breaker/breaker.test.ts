/** The breaker against the traces of the background article (E-60 to E-64) and of what was found wrong with it (F91). */
import { describe, expect, test } from 'vitest';
import { Breaker } from '../../../../actors/breaker/breaker.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const fail = (code: ErrorCode) => new ReplicationError(code, 'so it is');

class Rig implements Disposable {
  readonly clock = new ManualClock();
  readonly states: string[] = [];
  opened = 0;
  queries = 0;
  isWell = false;
  readonly breaker = new Breaker({
    pipeline: 'p',
    shard: 's0',
    rules: { failures: 5, openForMs: 30_000 },
    validate: async () => {
      this.queries += 1;
      if (!this.isWell) {
        throw fail('ERG_3001');
      }
    },
    onChange: (state) => this.states.push(state),
    clock: this.clock,
    logger: silentLogger,
  });

  constructor() {
    this.breaker.onOpen(() => {
      this.opened += 1;
    });
  }

  /** Lets a query end, then the pause behind it. */
  async pass(ms: number): Promise<void> {
    await settle();
    this.clock.advance(ms);
    await settle();
  }

  async open(): Promise<void> {
    this.breaker.sawFailure(fail('ERG_3001'));
    for (let paces = 0; paces < 4; paces += 1) {
      await this.pass(800);
    }
  }

  [Symbol.dispose](): void {
    this.breaker[Symbol.dispose]();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.resolve();
  }
}

describe('a breaker', () => {
  test('is closed, and asks nothing, while all is well', () => {
    using rig = new Rig();
    rig.breaker.sawSuccess();
    rig.clock.advance(600_000);
    expect({ ...rig, refusal: rig.breaker.refusal }).toMatchObject({ queries: 0, states: [], refusal: undefined });
    expect(rig.breaker.describe()).toBeUndefined();
  });

  test.each(['ERG_3004', 'ERG_3005', 'ERG_3201', 'ERG_3402', 'ERG_3101'] as const)(
    'asks nothing for a failure that is not of the shard: %s',
    (code) => {
      using rig = new Rig();
      rig.breaker.sawFailure(fail(code));
      expect(rig.queries).toBe(0);
    },
  );

  test('asks the shard when a write failed for want of it, and lets writes through meanwhile', async () => {
    using rig = new Rig();
    rig.breaker.sawFailure(fail('ERG_3002'));
    await settle();
    expect(rig.queries).toBe(1);
    expect(rig.breaker.refusal).toBeUndefined();
    expect(rig.breaker.describe()).toMatchObject({ shard: 's0', state: 'suspect', failures: 1 });
  });

  test('opens at the fifth failed query in a row, asked by itself', async () => {
    using rig = new Rig();
    await rig.open();
    expect(rig.queries).toBe(5);
    expect(rig.states).toEqual(['suspect', 'open']);
    expect(rig.breaker.refusal).toMatchObject({ code: 'ERG_3011' });
  });

  test('counts on when a query is answered in between, since that is no write', async () => {
    using rig = new Rig();
    rig.breaker.sawFailure(fail('ERG_3001'));
    await rig.pass(800);
    await rig.pass(0);
    rig.isWell = true;
    await rig.pass(800);
    expect(rig.breaker.describe()).toMatchObject({ state: 'closed', failures: 2 });
    rig.isWell = false;
    rig.breaker.sawFailure(fail('ERG_3001'));
    await rig.pass(800);
    await rig.pass(800);
    await rig.pass(800);
    expect(rig.states.at(-1)).toBe('open');
  });

  test('begins anew when a change is written', async () => {
    using rig = new Rig();
    rig.breaker.sawFailure(fail('ERG_3001'));
    await rig.pass(800);
    rig.breaker.sawSuccess();
    expect(rig.breaker.describe()).toBeUndefined();
    rig.breaker.sawFailure(fail('ERG_3001'));
    await settle();
    expect(rig.breaker.describe()).toMatchObject({ state: 'suspect', failures: 1 });
  });

  test('forgets a failure after a minute: some that are an hour apart are no outage', async () => {
    using rig = new Rig();
    for (let hour = 0; hour < 10; hour += 1) {
      rig.isWell = false;
      rig.breaker.sawFailure(fail('ERG_3001'));
      await settle();
      rig.isWell = true;
      await rig.pass(800);
      await rig.pass(3_600_000);
    }
    expect(rig.states).not.toContain('open');
    expect(rig.breaker.describe()).toBeUndefined();
  });

  test('forgets a failure after a minute also where slow answers have the shard asked all the time, and nothing is written', async () => {
    using rig = new Rig();
    for (let hour = 0; hour < 10; hour += 1) {
      rig.isWell = false;
      rig.breaker.sawFailure(fail('ERG_3001'));
      await settle();
      rig.isWell = true;
      await rig.pass(800);
      for (let slow = 0; slow < 120; slow += 1) {
        rig.breaker.sawSilence();
        await rig.pass(30_000);
      }
    }
    expect(rig.states).not.toContain('open');
    expect(rig.breaker.describe()).toBeUndefined();
  });

  test('sends one probe when its time is up; while that is under way, nothing goes through', async () => {
    using rig = new Rig();
    await rig.open();
    await rig.pass(29_999);
    expect(rig.queries).toBe(5);
    rig.clock.advance(1);
    expect(rig.breaker.describe()).toMatchObject({ state: 'halfOpen' });
    expect(rig.breaker.refusal).toMatchObject({ code: 'ERG_3011' });
    await settle();
    expect(rig.queries).toBe(6);
    expect(rig.states.slice(-2)).toEqual(['halfOpen', 'open']);
  });

  test('closes after a good probe and says so; one more failed query opens it again', async () => {
    using rig = new Rig();
    await rig.open();
    rig.isWell = true;
    await rig.pass(30_000);
    expect(rig.breaker.refusal).toBeUndefined();
    expect(rig).toMatchObject({ opened: 1 });
    rig.isWell = false;
    rig.breaker.sawFailure(fail('ERG_3001'));
    await settle();
    expect(rig.states.at(-1)).toBe('open');
  });

  test('asks at once when another process has found something, and believes the shard alone', async () => {
    using rig = new Rig();
    rig.isWell = true;
    rig.breaker.hint();
    await settle();
    expect(rig).toMatchObject({ queries: 1 });
    expect(rig.breaker.refusal).toBeUndefined();
    rig.isWell = false;
    await rig.open();
    rig.isWell = true;
    rig.breaker.hint();
    await settle();
    expect(rig.breaker.refusal).toBeUndefined();
  });

  test('asks when a write is not answered for a second, long before its deadline', async () => {
    using rig = new Rig();
    rig.breaker.sawSilence();
    for (let paces = 0; paces < 4; paces += 1) {
      await rig.pass(800);
    }
    expect(rig.states).toEqual(['suspect', 'open']);
    rig.breaker.sawSilence();
    await settle();
    expect(rig.queries).toBe(5);
  });

  test('held open by hand it stays so until a hand closes it', async () => {
    using rig = new Rig();
    rig.isWell = true;
    rig.breaker.hold('maintenance');
    expect(rig.breaker.refusal).toMatchObject({ code: 'ERG_3012', message: expect.stringContaining('maintenance') });
    rig.breaker.hint();
    rig.breaker.sawSuccess();
    await rig.pass(3_600_000);
    expect(rig.breaker.describe()).toMatchObject({ state: 'held', reason: 'maintenance' });
    rig.breaker.release();
    expect(rig.breaker.refusal).toBeUndefined();
    expect(rig.opened).toBe(1);
  });

  test('held again it tells the newer reason', () => {
    using rig = new Rig();
    rig.breaker.hold('maintenance');
    rig.breaker.hold('a longer one');
    expect(rig.breaker.refusal?.message).toContain('a longer one');
    expect(rig.states).toEqual(['held']);
  });

  test('closed by hand it opens again when the shard is still away', async () => {
    using rig = new Rig();
    await rig.open();
    rig.breaker.release();
    expect(rig.breaker.refusal).toBeUndefined();
    rig.breaker.sawFailure(fail('ERG_3001'));
    await settle();
    expect(rig.breaker.refusal).toMatchObject({ code: 'ERG_3011' });
  });
});
