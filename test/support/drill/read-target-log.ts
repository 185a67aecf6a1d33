/**
 * A target's own binary log from its first to its last byte, read with @vlasky/zongji. Only what the checkers need is kept:
 * keys, `ver`, `ergate_seq`, fences, attempts. Rows that an event names without changing them are left out.
 */
import { randomUUID } from 'node:crypto';
import ZongJi from '@vlasky/zongji';
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import { DAMAGE_TABLE } from '../saboteur/damage-table.ts';
import { KEY_COLUMNS, keyOf } from './decode-record.ts';
import type { LogPlace, RowVersion, TargetEntry, TargetHistory } from './history.ts';
import { ATTEMPT_TABLE } from './watch-attempts.ts';

const READ_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 2_000;
const FENCE_TABLE = 'ergate_fence';
/** Far from those of the servers and of the capture; each reader needs one of its own. */
let lastServerId = 9_000;

type Row = Readonly<Record<string, unknown>>;

/** The library's events as far as they are read here; its own declarations leave a part out. */
interface LogEvent {
  getTypeName(): string;
  readonly nextPosition: number;
  readonly binlogName?: string;
  readonly query?: string;
  readonly tableId?: number;
  readonly tableMap?: Readonly<Record<number, { readonly tableName: string } | undefined>>;
  readonly rows?: readonly (Row | { readonly before: Row; readonly after: Row })[];
}

type Unplaced<Entry> = Entry extends unknown ? Omit<Entry, 'place'> : never;

export async function readTargetLog(endpoint: Endpoint): Promise<TargetHistory> {
  const { host, port, user, password, database, name } = endpoint;
  const end = `drill-${randomUUID()}`;
  const first = await markEnd(endpoint, end);
  const zongji = new ZongJi({
    host,
    port,
    user,
    password,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
  });
  const collector = new LogCollector(end);
  zongji.on('error', (error: Error) => collector.fail(error));
  zongji.on('binlog', (event: unknown) => collector.take(event as LogEvent)); // read by the names of its types
  const deadline = setTimeout(
    () => collector.fail(new Error(`the log of ${name} could not be read within ${READ_WITHIN_MS} ms`)),
    READ_WITHIN_MS,
  );
  lastServerId += 1;
  zongji.start({
    serverId: lastServerId,
    filename: first,
    position: 4,
    includeSchema: { [database]: [...Object.keys(KEY_COLUMNS), FENCE_TABLE, ATTEMPT_TABLE, DAMAGE_TABLE] },
  });
  try {
    return { target: name, entries: await collector.whole };
  } finally {
    clearTimeout(deadline);
    await stop(zongji);
  }
}

/** Writes a statement to the log that tells where to stop. @returns the first file of the log */
async function markEnd({ host, port, user, password, database }: Endpoint, end: string): Promise<string> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [files] = await connection.query<mysql.RowDataPacket[]>('SHOW BINARY LOGS');
    const first = String(files[0]?.['Log_name']);
    if (!first.endsWith('.000001')) {
      throw new Error(`the log begins with ${first}: what was before is gone`);
    }
    await connection.query(`CREATE OR REPLACE TABLE drill_end (name VARCHAR(64) COMMENT '${end}')`);
    return first;
  } finally {
    await connection.end();
  }
}

function stop(zongji: ZongJi): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, STOP_WITHIN_MS);
    zongji.once('stopped', () => {
      clearTimeout(deadline);
      resolve();
    });
    zongji.stop();
  });
}

class LogCollector {
  readonly #end: string;
  readonly #entries: TargetEntry[] = [];
  readonly #whole = Promise.withResolvers<readonly TargetEntry[]>();
  /** Of the transaction under way: where it ends is known at its end. */
  #transaction: Unplaced<TargetEntry>[] = [];
  #isDamage = false;
  #file = 0;

  constructor(end: string) {
    this.#end = end;
    this.#whole.promise.catch(() => {}); // it may fail before anybody waits
  }

  get whole(): Promise<readonly TargetEntry[]> {
    return this.#whole.promise;
  }

  fail(error: Error): void {
    this.#whole.reject(error);
  }

  take(event: LogEvent): void {
    try {
      this.#read(event);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #read(event: LogEvent): void {
    const { nextPosition } = event;
    switch (event.getTypeName()) {
      case 'Rotate':
        this.#file = fileNumber(event.binlogName ?? '');
        return;
      case 'WriteRows':
      case 'UpdateRows':
      case 'DeleteRows':
        this.#readRows(event);
        return;
      case 'Xid':
        this.#settle({ file: this.#file, position: nextPosition });
        return;
      case 'Query':
        this.#readStatement(event.query ?? '', { file: this.#file, position: nextPosition });
        return;
      default:
    }
  }

  #readStatement(statement: string, place: LogPlace): void {
    if (statement.includes(this.#end)) {
      this.#whole.resolve(this.#entries);
    } else if (statement === 'COMMIT') {
      this.#settle(place);
    } else if (statement === 'ROLLBACK') {
      this.#begin();
    }
  }

  #settle(place: LogPlace): void {
    const isDamage = this.#isDamage ? ({ isDamage: true } as const) : {};
    for (const entry of this.#transaction) {
      this.#entries.push({ ...entry, place, ...isDamage });
    }
    this.#begin();
  }

  #begin(): void {
    this.#transaction = [];
    this.#isDamage = false;
  }

  #readRows(event: LogEvent): void {
    const table = event.tableMap?.[event.tableId ?? -1]?.tableName;
    if (table === undefined) {
      throw new Error(`rows of table id ${event.tableId}, which the log has not told of`);
    }
    this.#isDamage ||= table === DAMAGE_TABLE;
    const isDelete = event.getTypeName() === 'DeleteRows';
    for (const row of event.rows ?? []) {
      const { before, after } = asImages(row, isDelete);
      this.#transaction.push(...readImages(table, before, after));
    }
  }
}

function asImages(row: Row | { before: Row; after: Row }, isDelete: boolean): { before?: Row; after?: Row } {
  const pair = row as { before?: unknown; after?: unknown };
  if (typeof pair.before === 'object' && typeof pair.after === 'object') {
    return row as { before: Row; after: Row };
  }
  return isDelete ? { before: row as Row } : { after: row as Row }; // no table has a column before or after
}

/** What one row image, or a pair of them, means. */
export function readImages(table: string, before: Row | undefined, after: Row | undefined): Unplaced<TargetEntry>[] {
  if (table === FENCE_TABLE) {
    return after === undefined ? [] : [readFence(after)];
  }
  if (table === ATTEMPT_TABLE) {
    return after === undefined ? [] : [readAttempt(after)];
  }
  if (table === DAMAGE_TABLE) {
    return [];
  }
  if (before !== undefined && after !== undefined && isSame(before, after)) {
    return [];
  }
  const gone = before === undefined ? undefined : { table, key: keyOf(table, before), ...versionOf(before) };
  const there = after === undefined ? undefined : { table, key: keyOf(table, after), ...versionOf(after) };
  const isSameRow = gone !== undefined && gone.key === there?.key;
  const entries: Unplaced<TargetEntry>[] = [];
  if (gone !== undefined && !isSameRow) {
    entries.push({ kind: 'delete', ...gone });
  }
  if (there !== undefined) {
    const known = isSameRow ? { ver: gone.ver, seq: gone.seq } : undefined;
    entries.push({ kind: 'write', ...there, before: known });
  }
  return entries;
}

function readFence(row: Row): Unplaced<TargetEntry> {
  const [partition, epoch] = [Number(row['partition_no']), Number(row['epoch'])];
  return { kind: 'fence', pipeline: String(row['pipeline']), partition, epoch };
}

function readAttempt(row: Row): Unplaced<TargetEntry> {
  return { kind: 'attempt', table: String(row['table_name']), key: String(row['row_key']), ...versionOf(row) };
}

function versionOf(row: Row): RowVersion {
  const ver = Number(row['ver']);
  if (!Number.isSafeInteger(ver)) {
    throw new Error(`expected a whole number as ver, got ${row['ver']}`);
  }
  const seq = row['ergate_seq'];
  return { ver, seq: seq === null || seq === undefined ? undefined : Number(seq) };
}

function isSame(before: Row, after: Row): boolean {
  return Object.entries(before).every(([column, cell]) => sameCell(cell, after[column]));
}

function sameCell(one: unknown, other: unknown): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
}

function fileNumber(name: string): number {
  const number = Number(/\.(\d+)$/.exec(name)?.[1]);
  if (!Number.isSafeInteger(number)) {
    throw new Error(`expected the name of a log file, got ${name}`);
  }
  return number;
}
