import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditLog } from '../../actors/state/audit-log.ts';

const NOTE = { actor: 'ann@here', action: 'case ignore', object: 'case 1', reason: "é'\\😀", detail: { until: 5 } };

/** @param query to the tables, behind the back of the log */
export function describeAuditLog(openLog: () => Promise<AuditLog>, query: (sql: string) => Promise<unknown>): void {
  describe('the audit', () => {
    let log: AuditLog;

    beforeEach(async () => {
      log = await openLog();
      for (let entry = 1; entry <= 4; entry += 1) {
        await log.add({ ...NOTE, object: `case ${entry}` });
      }
    });

    const problem = async () => (await log.verify()).problem;

    test('is whole as it was written, and gives its head to be noted elsewhere', async () => {
      const { problem, entries, head } = await log.verify();
      expect({ problem, entries }).toEqual({ problem: undefined, entries: 4 });
      const [newest, ...older] = await log.list(2, undefined);
      expect(newest).toMatchObject({ id: 4, ...NOTE, object: 'case 4', detail: '{"until":5}', sha256: head });
      expect(older[0]?.sha256).toBe(newest?.previousSha256);
      expect((await log.list(10, 3)).map(({ id }) => id)).toEqual([2, 1]);
    });

    test('is one chain, however many write at once', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => log.add({ ...NOTE, object: `case ${index}` })));
      expect(await log.verify()).toMatchObject({ problem: undefined, entries: 24 });
    });

    test.each(['at_ms = at_ms + 1', "actor = 'bob'", "action = 'x'", "object = 'x'", "reason = ''", "detail = '{}'"])(
      'shows that an entry was changed: %s',
      async (change) => {
        await query(`UPDATE ergate_audit SET ${change} WHERE id = 2`);
        expect(await problem()).toBe('entry 2 was changed: its content does not have its hash');
      },
    );

    test('shows that an entry was changed with its hash', async () => {
      await query("UPDATE ergate_audit SET actor = 'bob', sha256 = REPEAT('a', 64) WHERE id = 4");
      expect(await problem()).toContain('entry 4 was changed');
    });

    test('shows that an entry was taken out, at the start, in the middle, or at the end', async () => {
      await query('DELETE FROM ergate_audit WHERE id = 4');
      expect(await problem()).toBe('entries behind 3 are missing: 4 were added');
      await query('DELETE FROM ergate_audit WHERE id = 2');
      expect(await problem()).toBe('entry 2 is missing: behind 1 comes 3');
      await query('DELETE FROM ergate_audit WHERE id = 1');
      expect(await problem()).toContain('entry 1 is missing');
      await query('DELETE FROM ergate_audit');
      expect(await problem()).toBe('entries behind 0 are missing: 4 were added');
    });

    test('shows that entries were exchanged, also when the last is no longer the last', async () => {
      await query('UPDATE ergate_audit SET id = 9 WHERE id = 2');
      await query('UPDATE ergate_audit SET id = 2 WHERE id = 3');
      await query('UPDATE ergate_audit SET id = 3 WHERE id = 9');
      expect(await problem()).toContain('entry 2 does not follow');
    });

    test('without its head is not continued', async () => {
      await query('DELETE FROM ergate_audit_head');
      expect(await problem()).toBe('the head of the chain is missing');
      await expect(log.add(NOTE)).rejects.toMatchObject({ code: 'ERG_5005' });
    });
  });
}
