/** The commands over cases, incidents and the state database, on a real source, two shards and a state database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Case } from '../../actors/state/case.ts';
import { nameAuthor } from '../../supervisor/cli/breaker-command.ts';
import { CaseRig, PLACE } from '../support/case-rig.ts';

let rig: CaseRig;
let cases: readonly Case[];
const ergate = (...args: readonly string[]) => rig.ergate(...args);
const idOf = (index: number) => String(cases[index]?.id);

beforeAll(async () => {
  rig = await CaseRig.open();
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

describe('before its tables are made, the state database', () => {
  test('says so, and is migrated once', async () => {
    expect(await ergate('state', 'version')).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/version 0, this program wants \d+: run ergate state migrate/),
    });
    expect(await ergate('state', 'migrate')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/have version \d+: upgraded from version 0\n$/),
    });
    expect((await ergate('state', 'migrate')).out).toMatch(/nothing to do/);
    const { exitCode, out } = await ergate('state', 'version', '-o', 'json');
    const versions = JSON.parse(out);
    expect({ exitCode, isSame: versions.version === versions.wanted }).toEqual({ exitCode: 0, isSame: true });
  });
});

describe('with cases', () => {
  beforeEach(async () => {
    cases = await rig.reset();
  });

  describe('case list', () => {
    test('shows them, the newest first, and how to go on', async () => {
      const { exitCode, out } = await ergate('case', 'list', '--limit', '2');
      expect(exitCode).toBe(0);
      const lines = out.split('\n');
      expect(lines[0]).toMatch(/^ *ID +PIPELINE +TABLE +SHARD +KEY/);
      expect(lines[1]).toMatch(new RegExp(`^ *${idOf(3)} +order-seller +orders +seller1 +order_no=6 `));
      expect(out).toContain(`--behind ${idOf(2)}`);
      const next = await ergate('case', 'list', '--behind', idOf(2), '-o', 'json');
      expect(JSON.parse(next.out).map((one: { id: string }) => one.id)).toEqual([idOf(1), idOf(0)]);
    });

    test('chooses', async () => {
      const chosen = async (...args: string[]) =>
        JSON.parse((await ergate('case', 'list', '-o', 'json', ...args)).out).length;
      expect(await chosen('--shard', 'seller0')).toBe(1);
      expect(await chosen('--table', 'orders', '--state', 'waiting')).toBe(4);
      expect(await chosen('--kind', 'opaque')).toBe(0);
      expect(await chosen('--since', '1h')).toBe(0);
      expect(await chosen('--since', '2020-01-01')).toBe(4);
    });

    test.each([
      ['a pipeline that there is not', ['--pipeline', 'nope'], 1, /no pipeline nope; there are: order-seller/],
      ['a state that there is not', ['--state', 'nope'], 2, /Allowed choices are waiting/],
      ['a time that is none', ['--since', 'yesterday'], 2, /Expected a time/],
      ['a limit that is none', ['--limit', '0'], 2, /from 1 to 10000/],
    ])('refuses %s', async (_, args, exitCode, message) => {
      const ended = await ergate('case', 'list', ...args);
      expect(ended).toMatchObject({ exitCode, out: '' });
      expect(ended.err).toMatch(message);
    });

    test('ends with 69 and a code when the state database is away', async () => {
      const { exitCode, err } = await rig.ergateAway('case', 'list');
      expect({ exitCode, err }).toEqual({ exitCode: 69, err: expect.stringContaining('ERG_5001') });
    });
  });

  test('case get tells all of one, and that there is none', async () => {
    await ergate('case', 'recheck', idOf(0), '--reason', 'looks odd');
    const { out } = await ergate('case', 'get', idOf(0));
    expect(out).toMatch(/row: +orders on seller0: order_no=2/);
    expect(out).toMatch(/detected +waiting +recovery/);
    expect(out).toMatch(/recheck +\S+@\S+ +looks odd +not yet done/);
    expect(await ergate('case', 'get', '999999')).toMatchObject({
      exitCode: 1,
      out: '',
      err: 'there is no case 999999\n',
    });
  });

  test('verify ranges lists what nobody has verified, and give-up ends what nobody can', async () => {
    expect(await ergate('verify', 'ranges')).toMatchObject({ exitCode: 0, out: 'there is no unverified range\n' });
    const range = { id: 'order-seller.0.1.5.0', ...PLACE, topicEpoch: 0, shard: '*', table: null, from: 0, to: 8 };
    const never = { ...range, reason: 'ERG_4002: began at offset 9', sinceMs: Date.now() - 60_000, isReadable: false };
    const later = { ...never, id: 'b', shard: 'seller0', table: 'orders', reason: 'ERG_3011: away', isReadable: true };
    await rig.state.unverifiedRanges.save([never, later]);
    const { out } = await ergate('verify', 'ranges', '--pipeline', PLACE.pipeline);
    expect(out).toMatch(/^RANGE +PIPELINE +PARTITION +SHARD +TABLE +OFFSETS +AGE +READ AGAIN +REASON\n/);
    expect(out).toMatch(/order-seller\.0\.1\.5\.0 +order-seller +0 +all +all +0\.\.8 +1m\S* +never +ERG_4002: began/);
    expect(out).toMatch(/b +order-seller +0 +seller0 +orders +0\.\.8 +1m\S* +by itself +ERG_3011: away/);
    const giveUp = (...ids: string[]) => ergate('verify', 'give-up', ...ids, '--reason', 'swept');
    expect(await giveUp(never.id)).toMatchObject({ exitCode: 0, out: expect.stringContaining('given up') });
    expect(await giveUp('b', never.id)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining('cannot be given up'),
    });
    expect((await ergate('verify', 'ranges')).out).not.toContain('ERG_4002');
    expect((await ergate('verify', 'ranges', '--all')).out).toContain(`given up by ${nameAuthor()}: swept`);
    expect((await ergate('state', 'audit')).out).toMatch(/verify give-up +range order-seller\.0\.1\.5\.0 +swept/);
  });

  describe('case diff', () => {
    test('shows what is wrong, side by side', async () => {
      const { exitCode, out } = await ergate('case', 'diff', idOf(2));
      expect(exitCode).toBe(1);
      expect(out).toContain('orders on seller1 is wrong: different');
      expect(out).toMatch(/COLUMN +SOURCE NOW +SHOULD BE +IS/);
      expect(out).toMatch(/memo +"secret-d" +"secret-d" +"" +differs/);
      expect(out).toMatch(/ergate_seq +- +/);
      const only = await ergate('case', 'diff', idOf(2), '--differing-only', '-o', 'json');
      expect(JSON.parse(only.out).columns).toEqual([
        { column: 'memo', source: 'secret-d', expected: 'secret-d', actual: '', differs: true },
      ]);
    });

    test('shows a row that one side does not have, and one that is right by now', async () => {
      expect((await ergate('case', 'diff', idOf(1))).out).toMatch(/is wrong: missing\n[\s\S]*memo +"c" +"c" +-/);
      expect((await ergate('case', 'diff', idOf(3))).out).toMatch(/is wrong: extra\n[\s\S]*memo +- +- +"f"/);
      await rig.db.query("UPDATE seller0.orders SET memo = 'b' WHERE order_no = 2");
      expect(await ergate('case', 'diff', idOf(0))).toMatchObject({
        exitCode: 0,
        out: 'orders on seller0 is as its source row says\n',
      });
    });
  });

  test('case diff ends otherwise when there is no such case, or a side cannot be read', async () => {
    expect(await ergate('case', 'diff', '999999')).toMatchObject({ exitCode: 66, out: '' });
    await rig.db.query('RENAME TABLE seller1.orders TO seller1.away');
    try {
      const { exitCode, out } = await ergate('case', 'diff', idOf(2));
      expect({ exitCode, out }).toEqual({ exitCode: 69, out: expect.stringContaining('cannot be told: ERG_') });
    } finally {
      await rig.db.query('RENAME TABLE seller1.away TO seller1.orders');
    }
  });

  describe('orders', () => {
    test('reach the recovery actor with who gave them and why', async () => {
      const { exitCode, out } = await ergate('case', 'repair', idOf(0), idOf(1), '--reason', 'INC-1');
      expect({ exitCode, out }).toEqual({ exitCode: 0, out: `case ${idOf(0)}: ordered\ncase ${idOf(1)}: ordered\n` });
      const orders = await rig.state.cases.listOrders(PLACE, 10);
      expect(orders).toMatchObject(
        [0, 1].map((index) => ({ caseId: cases[index]?.id, verb: 'repair', reason: 'INC-1', by: nameAuthor() })),
      );
      await ergate('case', 'ignore', idOf(2), '--reason', 'known', '--until', '7d');
      const untilMs = (await rig.state.cases.listOrders(PLACE, 10))[2]?.untilMs ?? 0;
      expect(Math.abs(untilMs - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000);
    });

    test('need a reason, and a case', async () => {
      expect(await ergate('case', 'repair', idOf(0))).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining('--reason'),
      });
      expect(await ergate('case', 'repair', 'x', '--reason', 'y')).toMatchObject({ exitCode: 2 });
      const { exitCode, out } = await ergate('case', 'recheck', '999999', idOf(0), '--reason', 'y');
      expect({ exitCode, out }).toEqual({
        exitCode: 1,
        out: `case 999999: there is no such case\ncase ${idOf(0)}: ordered\n`,
      });
    });

    test('to abandon take another person', async () => {
      const abandon = () => ergate('case', 'abandon', idOf(0), '--reason', 'gone for good');
      expect(await abandon()).toMatchObject({ exitCode: 0, out: expect.stringContaining('another one') });
      expect(await abandon()).toMatchObject({ exitCode: 1, out: expect.stringContaining('by you already') });
    });

    test('to a breaker are in the audit as those to a case', async () => {
      await ergate('breaker', 'open', 'order-seller', 'seller0', '--reason', 'INC-2');
      expect((await ergate('state', 'audit')).out).toMatch(/1 .* breaker open +order-seller seller0 +INC-2/);
    });

    test('are in the audit, which shows when somebody changed it', async () => {
      await ergate('case', 'recheck', idOf(0), '--reason', 'why\u001b[2J');
      await ergate('case', 'recheck', idOf(1), '--reason', 'too');
      expect((await ergate('state', 'audit')).out).toMatch(/2 .* case recheck +case \d+ +too\n +1 .* why\?\[2J/);
      expect(await ergate('state', 'audit', '--verify')).toMatchObject({
        exitCode: 0,
        out: expect.stringMatching(/^2 entries/),
      });
      await rig.db.query("UPDATE ergate_audit SET actor = 'somebody' WHERE id = 1");
      expect(await ergate('state', 'audit', '--verify')).toMatchObject({
        exitCode: 1,
        out: expect.stringMatching(/^ERG_5005: entry 1 was changed/),
      });
    });
  });

  test('incident list and close', async () => {
    const id = await rig.state.cases.openIncident(PLACE, {
      kind: 'storm',
      subject: 'orders',
      reason: 'ERG_5103: too many',
    });
    expect((await ergate('incident', 'list')).out).toMatch(/storm +orders +.* - +- +ERG_5103: too many/);
    expect(await ergate('incident', 'close', String(id), '--reason', 'mended')).toMatchObject({ exitCode: 0 });
    expect(await ergate('incident', 'close', String(id), '--reason', 'mended')).toMatchObject({ exitCode: 1 });
    expect(JSON.parse((await ergate('incident', 'list', '-o', 'json')).out)).toMatchObject([
      { closedBy: nameAuthor() },
    ]);
  });
});
