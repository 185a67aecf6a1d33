/** `ergate doctor` as a process: what it prints, what it ends with, and that its statements can be used as they are printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { choosePorts } from '../../deploy/local/free-port.ts';
import type { DoctorReport } from '../../supervisor/doctor/doctor-report.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { DoctorRig, MARKERS } from '../support/doctor-rig.ts';

const ERGATE = fileURLToPath(new URL('../../supervisor/cli/ergate.ts', import.meta.url));

let opened: FlavourServer;
let rig: DoctorRig;

beforeAll(async () => {
  const [mariadb] = FLAVOURS;
  if (mariadb === undefined) {
    throw new Error('expected a flavour');
  }
  opened = await openFlavour(mariadb, { name: 'target' });
  rig = await DoctorRig.open(opened.server, 'doctor');
  await rig.source.sql('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL)');
  await rig.target.sql("CREATE USER ergate@'%' IDENTIFIED BY 'secret'; GRANT ALL ON doctor.* TO ergate@'%'");
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

async function doctor(args: readonly string[] = [], port = opened.server.port) {
  const settings = join(opened.folder, 'settings.yaml');
  writeFileSync(settings, JSON.stringify(rig.draft({ user: 'ergate', password: 'secret', port })));
  const child = spawn(process.execPath, [ERGATE, 'doctor', '--config', settings, ...args], { env: { PATH: '' } });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (text.out += chunk));
  child.stderr.on('data', (chunk) => (text.err += chunk));
  const [exitCode] = await once(child, 'close');
  return { exitCode, ...text };
}

test('a refused table ends with 1; the statements that are printed make it safe, which ends with 0', async () => {
  await rig.target.sql('CREATE TABLE t (id INT, v VARCHAR(40) NOT NULL) ENGINE = MyISAM');
  const { exitCode, out, err } = await doctor();
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: '' });
  expect(out).toMatch(/^ {2}t +REFUSED /m);
  for (const code of ['ERG_3503', 'ERG_3504', 'ERG_3523']) {
    expect(out).toContain(`REFUSED ${code}`);
  }
  const statements = [...out.matchAll(/^ {8}(\S.*?);$/gms)].map(([, statement = '']) => statement);
  expect(statements).toHaveLength(3);
  for (const statement of statements) {
    await rig.target.sql(statement);
  }
  const mended = await doctor();
  expect(mended).toMatchObject({ exitCode: 0, err: '' });
  expect(mended.out).toMatch(/^ {2}t +SAFE +strict +upsert +id +all$/m);
});

test.each([['--json'], ['-o', 'json']])('%s %s is the whole report, without passwords', async (...args) => {
  await rig.target.sql(
    `DROP TABLE IF EXISTS t; CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40) NOT NULL, ${MARKERS})`,
  );
  const { exitCode, out } = await doctor(args);
  expect(exitCode).toBe(0);
  const report: DoctorReport = JSON.parse(out);
  expect(report.summary).toEqual({ safe: 1, warn: 0, refused: 0, unknown: 0 });
  expect(out).not.toContain('secret');
});

test('a target that is away ends with 69 and is named, and the source is examined all the same', async () => {
  const [port] = await choosePorts(1);
  const { exitCode, out } = await doctor(['--json'], port);
  expect(exitCode).toBe(69);
  const { pipelines } = JSON.parse(out) as DoctorReport;
  expect(pipelines[0]).toMatchObject({
    source: { verdict: 'safe' },
    shards: [{ verdict: 'unknown', remarks: [{ code: 'ERG_3001' }] }],
    tables: [{ table: 't', verdict: 'unknown' }],
  });
});

test('a pipeline that does not exist ends with 2 and names those that do', async () => {
  const { exitCode, out, err } = await doctor(['--pipeline', 'gone']);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toContain('order-seller');
});
