/**
 * The bad-input matrix through a whole sink on a real MariaDB: 150 good records around each bad one arrive, what it is
 * refused for is one finding with the code and the bytes, and reading everything again ends in the same.
 */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { judgeCase, judgeRun } from '../support/bad-input/judge-case.ts';
import { PRODUCT_ORDERS } from '../support/bad-input/route-cases.ts';
import { type CaseRun, runCases } from '../support/bad-input/run-cases.ts';
import { SUITES } from '../support/bad-input/suites.ts';
import { openTestSession, serverIn } from '../support/sink-rig.ts';

let folder: string;
let server: MariadbServer;
let source: MysqlSourceDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-bad-input-'));
  server = await startMariadb({ folder, name: 'target' });
  await using sql = await openTestSession(server, ['bad_source']);
  await sql.query(`USE bad_source; ${PRODUCT_ORDERS}`);
  source = new MysqlSourceDatabase({ server: serverIn(server, 'bad_source') });
  await sql.query(`SET GLOBAL max_allowed_packet = ${16 * 1024 * 1024}`); // the default of a server
});

afterAll(async () => {
  source.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(SUITES)('$name', (suite) => {
  const { cases } = suite;
  let run: CaseRun;

  beforeAll(async () => {
    await using sql = await openTestSession(server, []);
    await sql.query(`SET GLOBAL sql_mode = ${suite.sqlMode ?? 'DEFAULT'}`);
    run = await runCases({ server, ...suite, openLookup: (resolver) => source.lookup(resolver) });
  });

  test('everything is committed, and the sink lives', () => judgeRun(run));

  test.each(cases.map((bad, ordinal) => ({ ordinal, title: `${bad.id}: ${bad.what}` })))('$title', ({ ordinal }) => {
    const placed = run.placed[ordinal];
    expect(placed).toBeDefined();
    judgeCase(placed!, run);
  });
});

test('B018: no object has a key that it did not have before', () => {
  const strays = [Object, Array, Function, String, Map].map(({ prototype }) => Object.keys(prototype));
  expect(strays.flat()).toEqual([]);
});

describe('docs/bad-input.md', () => {
  const ids = Array.from({ length: 114 }, (_, index) => `B${String(index + 1).padStart(3, '0')}`);
  let lines: ReadonlyMap<string, DocumentedInput>;
  let links: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const text = await readFile('docs/bad-input.md', 'utf8');
    lines = new Map(
      [...text.matchAll(/^\| (B\d+) \|(.*)\|(.*)\|(.*)\|(.*)\|$/gm)].map(([, id = '', , , codes = '', tests = '']) => [
        id,
        { codes: listOf(codes, ' '), tests: listOf(tests, ', ') },
      ]),
    );
    links = new Map([...text.matchAll(/^(\[.*\]): \.\.\/(.*)$/gm)].map(([, name = '', path = '']) => [name, path]));
  });

  test('has every bad input, in order', () => expect([...lines.keys()]).toEqual(ids));

  test('names the codes and suites of every case', () => {
    for (const id of ids) {
      const suites = SUITES.map(({ name, cases }) => ({ name, cases: cases.filter((one) => one.id.includes(id)) }));
      const cases = suites.flatMap((suite) => suite.cases);
      if (cases.length > 0) {
        const codes = new Set(cases.flatMap(({ expected }) => expected.findings.map(({ code }) => code)));
        const names = suites.filter((suite) => suite.cases.length > 0).map(({ name }) => name);
        const documented = lines.get(id);
        expect({ id, codes: documented?.codes }).toEqual({ id, codes: [...codes].toSorted() });
        expect({ id, suites: documented?.tests.filter((one) => !one.startsWith('[')) }).toEqual({ id, suites: names });
      }
    }
  });

  test('names tests that are there', async () => {
    const named = [...lines.values()].flatMap(({ tests }) => tests.filter((one) => one.startsWith('[')));
    expect(new Set(named)).toEqual(new Set(links.keys()));
    await Promise.all([...links.values()].map((path) => access(path)));
  });
});

interface DocumentedInput {
  readonly codes: readonly string[];
  readonly tests: readonly string[];
}

function listOf(text: string, separator: string): readonly string[] {
  return text.trim() === '–' ? [] : text.trim().split(separator);
}
