/**
 * The doctor on real servers: every unsafe table is told with its code, the writer refuses exactly what the doctor refuses,
 * and the statements that the doctor prints make the table safe.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { renderDoctor } from '../../supervisor/cli/render-doctor.ts';
import { aChange } from '../support/build-change.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { DoctorRig, MARKERS, remarksOf } from '../support/doctor-rig.ts';
import { errorOf, OWNER } from '../support/target-under-test.ts';
import { COLUMNS, SOURCE, target, UNSAFE } from '../support/unsafe-tables.ts';

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: DatabaseServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  async function arrange(source: string, ...statements: readonly string[]) {
    const rig = await DoctorRig.open(server, 'doctor');
    await rig.source.sql(source);
    for (const statement of statements) {
      await rig.target.sql(statement);
    }
    return rig;
  }

  /** Runs the statements as they are printed, each once. */
  async function mend(rig: DoctorRig, statements: readonly string[]): Promise<void> {
    for (const statement of new Set(statements)) {
      await rig.target.sql(statement);
    }
  }

  /** The code with which a row is refused; undefined when it is written. */
  async function write(rig: DoctorRig): Promise<string | undefined> {
    const table = (await rig.target.shard.readTables(['t'])).get('t');
    if (table === undefined) {
      return 'ERG_3402';
    }
    await rig.target.shard.takeFence(OWNER);
    const change = aChange({ table, row: { id: '1', v: 'x' }, seq: 1, commitTime: '2026-01-01 00:00:00.000' });
    const code: string | undefined = await rig.target.write(OWNER, [change]).then(
      () => undefined,
      (error) => error.code,
    );
    expect(rig.target.shard.findRefusal(table)?.code).toBe(code?.startsWith('ERG_35') === true ? code : undefined);
    return code;
  }

  describe('a table with', () => {
    test.each(UNSAFE)('$what: told, refused by the writer alike, and safe after what is offered', async (unsafe) => {
      await using rig = await arrange(unsafe.source ?? SOURCE, ...unsafe.target);
      const { table } = await rig.look();
      expect(remarksOf(table)).toEqual(unsafe.expected);
      const refusal = table.remarks.find(({ severity }) => severity === 'refused')?.code;
      expect(table.verdict).toBe(refusal === undefined ? 'warn' : 'refused');
      const written = await write(rig);
      if (refusal === undefined || refusal === 'ERG_3527') {
        // The table is written; this row may lack a value that only the source table tells of.
        expect(written ?? 'ERG_32').toMatch(/^ERG_32/);
      } else {
        expect(written).toBe(refusal);
      }
      const statements = table.remarks.flatMap((remark) => remark.statements);
      await mend(rig, statements);
      const { table: mended } = await rig.look();
      expect(remarksOf(mended)).toEqual([]);
      expect(mended).toMatchObject({ verdict: 'safe', plan: { guard: 'strict', write: 'upsert' } });
    });

    test('a view in its place is refused, and so is what is written to it', async () => {
      await using rig = await arrange(
        SOURCE,
        `CREATE TABLE base (${COLUMNS}, ${MARKERS})`,
        'CREATE VIEW t AS SELECT * FROM base',
      );
      const { table } = await rig.look({ tables: { t: { primaryKey: ['id'] } } });
      expect(remarksOf(table)).toEqual(['refused ERG_3522']);
      expect(await write(rig)).toBe('ERG_3522');
    });

    test('another unique index, generated and invisible columns has its plan told and is safe', async () => {
      const hidden = flavour.flavour === 'MariaDB' ? ', h INT INVISIBLE DEFAULT 5' : '';
      await using rig = await arrange(
        SOURCE,
        target(`${COLUMNS}, g INT AS (id + 1) STORED${hidden}, ${MARKERS}, UNIQUE KEY v (v)`),
      );
      const { table } = await rig.look();
      expect(table).toMatchObject({
        verdict: 'safe',
        plan: { guard: 'strict', write: 'row by row', key: ['id'], generated: ['g'], uniqueIndexes: ['v'] },
      });
      expect(table.plan?.invisible).toEqual(hidden === '' ? [] : ['h']);
    });

    test.each([
      [{ primaryKey: ['gone'] }, ['refused ERG_3508']],
      [{ primaryKey: ['id'] }, ['warning ERG_3526']],
      [{ ignoreColumns: ['id'], primaryKey: ['id'] }, ['refused ERG_3509']],
    ])('a key that the settings name: %j', async (settings, expected) => {
      await using rig = await arrange(SOURCE, target(`id INT NOT NULL, v VARCHAR(40) NOT NULL, ${MARKERS}`));
      expect(remarksOf((await rig.look({ tables: { t: settings } })).table)).toEqual(expected);
    });

    test('a replica is asked like its shard: what it lacks is told, and that it is away', async () => {
      await using rig = await arrange(SOURCE);
      const { report } = await rig.look({ replicaPort: server.port });
      const [replica] = report.pipelines[0]?.replicas ?? [];
      expect(replica).toMatchObject({ name: 'seller replica', verdict: 'warn', remarks: [{ code: 'ERG_3402' }] });
      await rig.target.sql(target(`${COLUMNS}, ${MARKERS}`));
      const { report: whole } = await rig.look({ replicaPort: server.port });
      expect(whole.pipelines[0]?.replicas).toMatchObject([{ verdict: 'safe', remarks: [] }]);
      const { report: without } = await rig.look({ replicaPort: 1 });
      expect(without.pipelines[0]?.replicas).toMatchObject([{ verdict: 'unknown', remarks: [{ code: 'ERG_3001' }] }]);
      expect(renderDoctor(without, { columns: 80, paint: (_, text) => text })).toContainEqual(
        expect.stringMatching(/^ {2}replica +seller replica +.*:1\/doctor +UNKNOWN$/),
      );
    });

    test('a cascade at the source, which no log tells of, is told of the source', async () => {
      await using rig = await DoctorRig.open(server, 'doctor');
      await rig.source.sql('CREATE TABLE p (id INT PRIMARY KEY)');
      await rig.source.sql(`CREATE TABLE t (${COLUMNS}, FOREIGN KEY (id) REFERENCES p (id) ON DELETE CASCADE)`);
      await rig.target.sql(target(`${COLUMNS}, ${MARKERS}`));
      const { source, table } = await rig.look();
      expect(remarksOf(source)).toEqual(['warning ERG_3532']);
      expect(table.verdict).toBe('safe');
    });
  });

  describe('a user', () => {
    const FENCED = [target(`${COLUMNS}, ${MARKERS}`)];

    test('that may write while the server is read-only is told, and the one that is offered is not', async () => {
      await using rig = await arrange(SOURCE, ...FENCED);
      await rig.target.sql("DROP USER IF EXISTS ergate@'%'");
      const { shard } = await rig.look();
      expect(remarksOf(shard)).toEqual(['warning ERG_3529']);
      await mend(
        rig,
        shard.remarks.flatMap(({ statements }) => statements),
      );
      const { shard: offered, table } = await rig.look({ user: 'ergate', password: '<password>' });
      expect(remarksOf(offered)).toEqual([]);
      expect(table.verdict).toBe('safe');
    });

    test('that lacks privileges gets exactly those, for the fence too', async () => {
      await using rig = await arrange(SOURCE, ...FENCED, "DROP USER IF EXISTS poor@'%'", "CREATE USER poor@'%'");
      await rig.target.sql("GRANT SELECT, UPDATE ON doctor.t TO poor@'%'");
      const { shard, table } = await rig.look({ user: 'poor' });
      expect(remarksOf(shard)).toEqual(['refused ERG_3501']);
      expect(remarksOf(table)).toEqual(['refused ERG_3501']);
      expect(table.remarks[0]?.message).toBe('poor@% lacks INSERT, DELETE');
      await mend(
        rig,
        [...shard.remarks, ...table.remarks].flatMap(({ statements }) => statements),
      );
      const mended = await rig.look({ user: 'poor' });
      expect([mended.shard.verdict, mended.table.verdict]).toEqual(['safe', 'safe']);
      const writer = rig.target.openShard({ address: { user: 'poor' } });
      await writer.takeFence(OWNER);
    });

    test('that may see nothing of a table is told so, not that the table is missing', async () => {
      await using rig = await arrange(SOURCE, ...FENCED, "DROP USER IF EXISTS blind@'%'", "CREATE USER blind@'%'");
      await rig.target.sql('CREATE TABLE other (id INT)');
      await rig.target.sql("GRANT SELECT ON doctor.other TO blind@'%'");
      const { table } = await rig.look({ user: 'blind' });
      expect(remarksOf(table)).toEqual(['refused ERG_3501']);
    });

    test('with a wrong password is refused, and the password is nowhere in the report', async () => {
      await using rig = await arrange(SOURCE, ...FENCED, "DROP USER IF EXISTS poor@'%'", "CREATE USER poor@'%'");
      const { report, shard, table } = await rig.look({ user: 'poor', password: 'hunter2' });
      expect(remarksOf(shard)).toEqual(['refused ERG_3502']);
      expect(table.verdict).toBe('unknown');
      expect(JSON.stringify(report)).not.toContain('hunter2');
    });
  });

  describe('a shard', () => {
    test('whose fence is another table is refused, and taken after the statements that are offered', async () => {
      await using rig = await arrange(SOURCE, target(`${COLUMNS}, ${MARKERS}`), 'CREATE TABLE ergate_fence (id INT)');
      const { shard } = await rig.look();
      expect(remarksOf(shard)).toEqual(['refused ERG_3530', 'warning ERG_3529']);
      await errorOf(rig.target.shard.takeFence(OWNER));
      await mend(rig, shard.remarks[0]?.statements ?? []);
      expect(remarksOf((await rig.look()).shard)).toEqual(['warning ERG_3529']);
      await rig.target.shard.takeFence(OWNER);
    });

    test('that takes small packets is told, and is not after the statement that is offered', async () => {
      await using rig = await arrange(SOURCE, target(`${COLUMNS}, ${MARKERS}`));
      await rig.target.sql('SET GLOBAL max_allowed_packet = 1048576');
      const { shard } = await rig.look();
      expect(remarksOf(shard)).toContain('warning ERG_3305');
      await rig.target.sql(shard.remarks.find(({ code }) => code === 'ERG_3305')?.statements[0] ?? '');
      expect(remarksOf((await rig.look()).shard)).not.toContain('warning ERG_3305');
      await rig.target.sql('SET GLOBAL max_allowed_packet = 67108864');
    });

    test('that forgets commits in a crash is told, and is not after the statement that is offered', async () => {
      await using rig = await arrange(SOURCE, target(`${COLUMNS}, ${MARKERS}`));
      await rig.target.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
      const { shard } = await rig.look();
      expect(remarksOf(shard)).toEqual(['warning ERG_3529', 'warning ERG_3533']);
      await mend(rig, shard.remarks.find(({ code }) => code === 'ERG_3533')?.statements ?? []);
      expect(remarksOf((await rig.look()).shard)).toEqual(['warning ERG_3529']);
    });

    test('that another tool writes needs a key and SELECT, and nothing else; what is not compared is said', async () => {
      await using rig = await arrange(
        'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(5), w INT)',
        'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(5), needed INT NOT NULL) ENGINE=MyISAM',
        "DROP USER IF EXISTS looker@'%'",
        "CREATE USER looker@'%'",
        "GRANT SELECT ON doctor.* TO looker@'%'",
      );
      await rig.target.sql('SET GLOBAL read_only = 1');
      const { shard, table, report } = await rig
        .look({ user: 'looker', apply: false })
        .finally(() => rig.target.sql('SET GLOBAL read_only = 0'));
      expect([shard.remarks, shard.fence]).toEqual([[], undefined]);
      expect(table).toMatchObject({ verdict: 'safe', plan: undefined });
      expect(table.remarks.map(({ severity, column }) => [severity, column])).toEqual([['note', 'w']]);
      expect(report.summary).toEqual({ safe: 1, warn: 0, refused: 0, unknown: 0 });
      await rig.target.sql('ALTER TABLE t DROP PRIMARY KEY');
      const { table: keyless } = await rig.look({ user: 'looker', apply: false });
      expect(remarksOf(keyless)).toEqual(['refused ERG_3504']);
    });

    test('that another tool writes and that may not be read says so', async () => {
      await using rig = await arrange(
        SOURCE,
        target(`${COLUMNS}, ${MARKERS}`),
        "DROP USER IF EXISTS blind@'%'",
        "CREATE USER blind@'%'",
        "GRANT INSERT ON doctor.* TO blind@'%'",
      );
      const { table } = await rig.look({ user: 'blind', apply: false });
      expect(table.remarks).toMatchObject([{ code: 'ERG_3501', message: expect.stringMatching(/lacks SELECT$/) }]);
    });

    test('that is read-only is looked at all the same, and nothing in it changes', async () => {
      await using rig = await arrange(SOURCE, target(`${COLUMNS}, ${MARKERS}`), "DROP USER IF EXISTS quiet@'%'");
      await rig.target.sql("CREATE USER quiet@'%'; GRANT ALL ON doctor.* TO quiet@'%'");
      const tables = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'doctor'";
      const before = await rig.target.sql(tables);
      await rig.target.sql('SET GLOBAL read_only = 1');
      const { shard, table } = await rig
        .look({ user: 'quiet' })
        .finally(() => rig.target.sql('SET GLOBAL read_only = 0'));
      expect(remarksOf(shard)).toEqual(['warning ERG_3007']);
      expect(table.verdict).toBe('safe');
      expect(await rig.target.sql(tables)).toEqual(before);
    });
  });
});
