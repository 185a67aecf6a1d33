/** The events of real logs, one list per shape; what is compared is everything that the follower says. */
import { describe, expect, test } from 'vitest';
import type { BinlogEvent } from '../../../../actors/capture/binlog-reader.ts';
import { LogFollower } from '../../../../actors/capture/follow-log.ts';
import type { ZongjiEvent } from '../../../../actors/capture/zongji-events.ts';

interface Given {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** @returns every event as a short text */
function follow(events: readonly Given[], position = 4): readonly string[] {
  const seen: string[] = [];
  const follower = new LogFollower({ file: 'binlog.000001', position }, (event) => seen.push(show(event)));
  for (const { type, ...fields } of events) {
    const event = { timestamp: 1_000, nextPosition: 0, ...fields, getTypeName: () => type } as unknown as ZongjiEvent; // as the library makes them
    if (type === 'TableMap' || type.endsWith('Rows')) {
      follower.followRows(event);
    } else {
      follower.follow(event);
    }
  }
  return seen;
}

function show(event: BinlogEvent): string {
  switch (event.kind) {
    case 'begin':
      return `begin ${event.start.file}:${event.start.position} ${event.gtid}`;
    case 'end':
      return `end ${event.outcome} ${event.next.file}:${event.next.position}`;
    case 'moved':
      return `moved ${event.next.file}:${event.next.position}`;
    case 'statement':
      return `statement ${event.text}`;
    default:
      return event.kind;
  }
}

const query = (text: string, nextPosition: number): Given => ({
  type: 'Query',
  query: text,
  schema: 's',
  nextPosition,
});
const rows = (nextPosition: number): Given => ({ type: 'WriteRows', nextPosition });
const table = (nextPosition: number): Given => ({ type: 'TableMap', nextPosition });
const xid = (nextPosition: number): Given => ({ type: 'Xid', nextPosition });
const gtid = (nextPosition: number): Given => ({ type: 'Gtid', gtid: 'u:1', nextPosition });
const mariadbGtid = (nextPosition: number, standalone = false): Given => ({
  type: 'MariadbGtid',
  gtid: '0-1-1',
  standalone,
  nextPosition,
});
const rotate = (file: string, position = 4): Given => ({ type: 'Rotate', binlogName: file, position });

const F = 'binlog.000001';

describe('transactions', () => {
  test('of MariaDB', () => {
    expect(follow([mariadbGtid(100), table(150), rows(200), xid(230)])).toEqual([
      `begin ${F}:4 0-1-1`,
      `end committed ${F}:230`,
    ]);
  });

  test('of MySQL, with and without GTIDs', () => {
    const body = [query('BEGIN', 150), table(180), rows(200), xid(230)];
    expect(follow([gtid(100), ...body])).toEqual([`begin ${F}:4 u:1`, `end committed ${F}:230`]);
    expect(follow([{ ...gtid(100), type: 'AnonymousGtid', gtid: '' }, ...body])).toEqual([
      `begin ${F}:4 `,
      `end committed ${F}:230`,
    ]);
  });

  test('of a server without any GTID event', () => {
    expect(follow([query('BEGIN', 150), rows(200), query('COMMIT', 230)])).toEqual([
      `begin ${F}:4 `,
      `end committed ${F}:230`,
    ]);
  });

  test('begin where the one before ended, also when the log is resumed there', () => {
    const second = [mariadbGtid(300), rows(350), xid(400)];
    const through = follow([mariadbGtid(100), rows(200), xid(230), ...second]).slice(2);
    expect(through).toEqual([`begin ${F}:230 0-1-1`, `end committed ${F}:400`]);
    const head = [rotate(F, 230), { type: 'Format', nextPosition: 0 }];
    expect(follow([...head, ...second], 230).filter((line) => !line.startsWith('moved'))).toEqual(through);
  });

  test.each([
    ['ROLLBACK', [query('ROLLBACK', 230)], 'rolled-back'],
    ['a partial rollback in front of the commit', [query('ROLLBACK TO `a`', 210), xid(230)], 'rolled-back'],
    ['a savepoint', [query('SAVEPOINT `a`', 210), xid(230)], 'committed'],
    ['XA PREPARE', [{ type: 'XaPrepare', onePhase: false, nextPosition: 230 }], 'prepared'],
    ['XA COMMIT ONE PHASE', [{ type: 'XaPrepare', onePhase: true, nextPosition: 230 }], 'committed'],
  ])('that end by %s', (_, end, outcome) => {
    expect(follow([mariadbGtid(100), rows(200), ...end]).at(-1)).toBe(`end ${outcome} ${F}:230`);
  });

  test('a partial rollback does not outlive its transaction', () => {
    const first = [mariadbGtid(100), query('ROLLBACK TO a', 150), xid(200)];
    expect(follow([...first, mariadbGtid(250), rows(280), xid(300)]).at(-1)).toBe(`end committed ${F}:300`);
  });

  test.each([
    ['a new file', rotate('binlog.000002')],
    ['the head of a file', { type: 'Format', nextPosition: 0 }],
    ['another transaction', mariadbGtid(500)],
  ])('that %s cuts off were never committed, and the place stays in front of them', (_, event) => {
    expect(follow([mariadbGtid(100), rows(200), event]).slice(1)[0]).toBe(`end incomplete ${F}:4`);
  });
});

describe('statements', () => {
  test('of MariaDB stand alone', () => {
    expect(follow([mariadbGtid(100, true), query('DROP TABLE a', 200)])).toEqual([
      `begin ${F}:4 0-1-1`,
      'statement DROP TABLE a',
      `end committed ${F}:200`,
    ]);
  });

  test('of MySQL are announced by their id only', () => {
    expect(follow([gtid(100), query('DROP TABLE a', 200)])).toEqual([
      `begin ${F}:4 u:1`,
      'statement DROP TABLE a',
      `end committed ${F}:200`,
    ]);
  });

  test('without any id stand alone too', () => {
    expect(follow([query('DROP TABLE a', 200), query('DROP TABLE b', 300)])).toEqual([
      `begin ${F}:4 `,
      'statement DROP TABLE a',
      `end committed ${F}:200`,
      `begin ${F}:200 `,
      'statement DROP TABLE b',
      `end committed ${F}:300`,
    ]);
  });

  test('within a transaction do not end it', () => {
    expect(follow([mariadbGtid(100), query('UPDATE a SET b = 1', 200), xid(300)])).toEqual([
      `begin ${F}:4 0-1-1`,
      'statement UPDATE a SET b = 1',
      `end committed ${F}:300`,
    ]);
  });

  test('that create a table from rows have those rows in their transaction', () => {
    expect(follow([gtid(100), query('CREATE TABLE a (b INT) START TRANSACTION', 200), rows(250), xid(300)])).toEqual([
      `begin ${F}:4 u:1`,
      'statement CREATE TABLE a (b INT) START TRANSACTION',
      `end committed ${F}:300`,
    ]);
  });
});

describe('places', () => {
  test('follow the log between transactions, and into the next file', () => {
    expect(
      follow([{ type: 'Unknown', nextPosition: 300 }, rotate('binlog.000002'), { type: 'Format', nextPosition: 256 }]),
    ).toEqual([`moved ${F}:300`, 'moved binlog.000002:4', 'moved binlog.000002:256']);
  });

  test('a heartbeat says that the source lives, and where', () => {
    expect(
      follow([
        { type: 'Heartbeat', nextPosition: 4 },
        { type: 'Heartbeat', nextPosition: 90 },
      ]),
    ).toEqual(['alive', 'alive', `moved ${F}:90`]);
  });

  test('never go back, nor into a transaction', () => {
    expect(follow([{ type: 'Unknown', nextPosition: 3 }])).toEqual([]);
    expect(follow([mariadbGtid(100), rows(200)])).toEqual([`begin ${F}:4 0-1-1`]);
  });

  test('stay where the 32 bits of a position ran over, until the next file', () => {
    const nearEnd = 2 ** 32 - 100;
    const events = [
      mariadbGtid(nearEnd - 10),
      rows(nearEnd),
      rows(500),
      xid(600),
      mariadbGtid(700),
      rows(800),
      xid(900),
    ];
    expect(follow([...events, rotate('binlog.000002')], nearEnd - 50)).toEqual([
      `begin ${F}:${nearEnd - 50} 0-1-1`,
      `end committed ${F}:${nearEnd - 50}`,
      `begin ${F}:${nearEnd - 50} 0-1-1`,
      `end committed ${F}:${nearEnd - 50}`,
      'moved binlog.000002:4',
    ]);
  });
});
