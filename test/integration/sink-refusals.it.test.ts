/** The sink on a real MariaDB: what becomes a finding, and that everything else arrives. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { MemoryPartition } from '../support/memory-stream.ts';
import { aRecord, buildSinkRig, inserted, updated } from '../support/sink-rig.ts';
import { aTarget, row } from '../support/sink-target.ts';

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-refusals-'));
  server = await startMariadb({ folder, name: 'target' });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('bad input', () => {
  const good = (id: number) => aRecord(String(id), id, inserted(row(id, 'good')));
  const goods = (from: number, count: number) => Array.from({ length: count }, (_, index) => good(from + index));

  test.each([
    ['not JSON', { value: 'hello' }, 'decode'],
    ['no bytes', { value: '' }, 'decode'],
    ['cut off', { value: '{"commitTime":1,"payloads":[{"op":"ins' }, 'decode'],
    ['an unknown operation', aRecord('1', 51, { op: 'upsert', old: null, new: row(99, 'x') }), 'decode'],
    ['no key', aRecord('1', 51, inserted({ name: 'x' })), 'route'],
    ['a NULL key', aRecord('1', 51, inserted({ id: null, name: 'x' })), undefined],
    ['a text that is too long', aRecord('1', 51, inserted(row(99, 'more than ten'))), 'write'],
    ['a word for a number', aRecord('1', 51, inserted({ ...row(99, 'x'), amount: 'twelve' })), 'write'],
    [
      'a number that the server refuses',
      aRecord('1', 51, inserted({ ...row(99, 'x'), seller: '9223372036854775808' })),
      'write',
    ],
  ])('%s becomes one finding with its record, and 150 good records arrive', async (_, bad, stage) => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(...goods(1, 50), { key: '1', ...bad }, ...goods(100, 100));
    await rig.actor.start();
    await rig.partition.untilCommitted(151n);

    expect(await target.read()).toHaveLength(150);
    const findings = await target.findings();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ offset_no: '50', ...(stage === undefined ? {} : { stage }) });
    expect(findings[0]?.['code']).toMatch(/^ERG_\d{4}$/);
    expect(String(findings[0]?.['record_value'])).toBe(bad.value);
    expect(rig.detail().counts.findings).toBe(1);
  });

  test('of a record with one bad payload the others are applied', async () => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), inserted(row(2, 'far too long a name')), inserted(row(3, 'c'))),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    expect((await target.read()).map((text) => text[0])).toEqual(['1', '3']);
    expect(await target.findings()).toMatchObject([
      { offset_no: '0', payload_index: 1, stage: 'write', code: 'ERG_3302' },
    ]);
  });

  test('a primary-key change that is refused leaves the old row where it is', async () => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    rig.partition.append(aRecord('1', 20, updated(row(1, 'a'), row(2, 'far too long a name'))));
    await rig.partition.untilCommitted(2n);
    expect((await target.read()).map((text) => text.slice(0, 3))).toEqual(['1 a']);
    expect(await target.findings()).toMatchObject([{ offset_no: '1', code: 'ERG_3302' }]);
  });

  test('a column that was widened or added meanwhile takes what it takes now', async () => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'a'))));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    await target.sql.query(
      `ALTER TABLE ${target.schemas[0]}.orders MODIFY name VARCHAR(100), ADD colour VARCHAR(9) NOT NULL`,
    );
    rig.partition.append(aRecord('1', 20, inserted({ ...row(2, 'more than ten letters'), colour: 'red' })));
    await rig.partition.untilCommitted(2n);
    expect(await target.findings()).toEqual([]);
    expect((await target.read())[1]).toContain('2 more than ten letters');
  });

  test('a unique index that was added meanwhile refuses a row and leaves the other one alone', async () => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    rig.partition.append(aRecord('1', 10, inserted(row(1, 'taken'))));
    await rig.actor.start();
    await rig.partition.untilCommitted(1n);
    await target.sql.query(`ALTER TABLE ${target.schemas[0]}.orders ADD UNIQUE KEY name (name)`);
    rig.partition.append(aRecord('2', 20, inserted(row(2, 'taken'))), aRecord('3', 30, inserted(row(3, 'free'))));
    await rig.partition.untilCommitted(3n);
    expect((await target.read()).map((text) => text.slice(0, 7))).toEqual(['1 taken', '3 free ']);
    expect(await target.findings()).toMatchObject([{ offset_no: '1', code: 'ERG_3207' }]);
  });

  test('the changes of a record are all accounted for', async () => {
    await using target = await aTarget(server);
    await using rig = buildSinkRig(target.options);
    const long = row(1, 'far too long a name');
    rig.partition.append(
      aRecord('1', 10, inserted(row(1, 'a')), updated(row(1, 'a'), long), inserted({ id: 1 }, 'elsewhere')),
      { value: 'hello' },
      aRecord('1', 20, inserted(row(2, 'b'))),
    );
    await rig.actor.start();
    await rig.partition.untilCommitted(3n);
    const { changes, applied, filtered, refused, findings } = rig.detail().counts;
    expect({ changes, applied, filtered, refused, findings }).toEqual({
      changes: 5,
      applied: 1,
      filtered: 1,
      refused: 3,
      findings: 2,
    });
  });

  test('reading a bad record again keeps one finding', async () => {
    await using target = await aTarget(server);
    const partition = new MemoryPartition();
    partition.append({ value: 'hello' }, good(1));
    for (const placeEpoch of [1, 2]) {
      partition.committed = placeEpoch === 1 ? undefined : { offset: 0n, metadata: '' };
      await using rig = buildSinkRig({ ...target.options, partition, placeEpoch });
      await rig.actor.start();
      await partition.untilCommitted(2n);
    }
    expect(await target.findings()).toHaveLength(1);
  });
});
