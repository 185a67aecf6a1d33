import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../actors/state/finding.ts';
import { buildInserts } from '../../../../actors/state/mysql-finding-store.ts';

const PACKET = 100_000;

function findings(count: number, valueBytes: number): readonly Finding[] {
  return Array.from({ length: count }, (_, index) => ({
    pipeline: 'p',
    topic: 't',
    topicEpoch: 0,
    partition: 0,
    offset: BigInt(index),
    payloadIndex: -1,
    code: 'ERG_1002',
    stage: 'decode',
    message: 'm',
    table: undefined,
    rowKey: undefined,
    recordKey: null,
    recordValue: Buffer.alloc(valueBytes),
  }));
}

/** Rows of the records, and rows of the findings. */
function countRows(statement: string): number {
  return statement.split(/\n?\(_utf8mb4/).length - 1;
}

describe('buildInserts', () => {
  test.each([
    ['many small ones', 1_500, 10],
    ['some that fill a packet by a third', 7, 25_000],
    ['some that fill a packet alone', 3, 70_000],
  ])('of %s every statement fits the packet and no finding is left out or given twice', (_, count, valueBytes) => {
    const statements = [...buildInserts(findings(count, valueBytes), PACKET)];
    expect(statements.map((statement) => statement.length).filter((bytes) => bytes >= PACKET)).toEqual([]);
    expect(statements.reduce((rows, statement) => rows + countRows(statement), 0)).toBe(2 * count);
    expect(Math.max(...statements.map(countRows))).toBeLessThanOrEqual(500);
  });

  test('a record that is larger than a packet stands in several rows, each of which fits', () => {
    const packetBytes = 1024 * 1024;
    const statements = [...buildInserts(findings(1, 3 * packetBytes), packetBytes)];
    expect(statements.map(countRows)).toEqual(Array(13).fill(1));
    expect(Math.max(...statements.map((statement) => statement.length))).toBeLessThan(packetBytes);
  });

  test('one that does not fit is refused by its place; those in front of it are given first', () => {
    const [small, ...others] = findings(3, 10);
    const large = { ...small, recordValue: Buffer.alloc(PACKET), offset: 9n } as Finding; // small is there
    const inserts = buildInserts([small as Finding, ...others, large], PACKET); // the same
    expect(() => [...inserts]).toThrow(/ERG_5002.*max_allowed_packet 100000/);
  });

  test('a record is given once, and before its findings', () => {
    const [first] = findings(1, 1_000);
    const others = [0, 1, 2].map((payloadIndex) => ({ ...first, payloadIndex }) as Finding); // first is there
    const [records = '', all = ''] = buildInserts(others, PACKET);
    expect([records, all].map(countRows)).toEqual([1, 3]);
    expect([records.includes('ergate_finding_record'), all.includes('FROM_BASE64')]).toEqual([true, false]);
  });

  test('a text cannot end its literal', () => {
    const [finding] = findings(1, 1);
    const [, statement = ''] = buildInserts([{ ...finding, message: `'); DROP TABLE x; -- \\'` } as Finding], PACKET);
    expect(statement).not.toContain('DROP');
  });
});
