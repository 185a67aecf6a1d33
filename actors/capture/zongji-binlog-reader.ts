/**
 * The binary log through @vlasky/zongji; the one file that knows the library. One object is one connection: after a
 * failure a new one is made.
 *
 * The server is asked for a heartbeat while it has nothing to send, so that silence means a dead connection. The zone of
 * TIMESTAMP columns is given to the library ('Z'), so that the zone of this process cannot matter.
 */
import ZongJi from '@vlasky/zongji';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlServer } from '../runtime/mysql-connection.ts';
import type { BinlogEvent, BinlogHandler, BinlogReader, LogPlace, SourceDefinitions } from './binlog-reader.ts';
import { buildReadableLayout, type ReadableLayout } from './build-layout.ts';
import { correctTableMap } from './correct-table-map.ts';
import { LogFollower } from './follow-log.ts';
import { describeColumns, takeBytes } from './prepare-table.ts';
import { readRows } from './read-rows.ts';
import { asCaptureError } from './source-errors.ts';
import type { ZongjiEvent, ZongjiRows, ZongjiTable, ZongjiTableMap, ZongjiUpdateRows } from './zongji-events.ts';

export interface ZongjiReaderOptions {
  readonly server: MysqlServer;
  readonly serverId: number;
  /** Captured table to the columns of its record key. */
  readonly recordKeys: ReadonlyMap<string, readonly string[]>;
  readonly definitions: SourceDefinitions;
  readonly handler: BinlogHandler;
  /** Silence of the server after which it sends a heartbeat, ms. */
  readonly heartbeatMs: number;
}

/** The insides that the library offers no method for. */
interface ZongjiInsides {
  readonly tableMap: Readonly<Record<number, ZongjiTable | undefined>>;
  readonly connection: {
    pause(): void;
    resume(): void;
    query(sql: string, done: (error: Error | null) => void): void;
  } | null;
  _skipSchema(schema: string, table: string): boolean;
}

const START_DEADLINE_MS = 10_000;
/** The library gives its KILL of the old connection one second. */
const STOP_DEADLINE_MS = 2_000;
/** Heartbeats that may be missing, and a floor for a busy process of ours. */
const MISSED_HEARTBEATS = 3;
const MIN_SILENCE_MS = 10_000;
const CHECK_SILENCE_MS = 1_000;

export class ZongjiBinlogReader implements BinlogReader {
  readonly #options: ZongjiReaderOptions;
  readonly #zongji: ZongJi;
  readonly #insides: ZongjiInsides;
  readonly #layouts = new Map<number, ReadableLayout>();
  readonly #started = Promise.withResolvers<void>();
  #definitions: SourceDefinitions;
  #follower: LogFollower | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  #heardAtMs = 0;
  #isPaused = false;
  #hasEnded = false;
  #ignored = 0;
  #isMysql = false;
  #stopping: Promise<void> | undefined;

  constructor(options: ZongjiReaderOptions) {
    const { server } = options;
    this.#options = options;
    this.#definitions = options.definitions;
    // Options of mysql2; the declarations of the library know a part of them.
    const connection = {
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password.reveal(),
      connectTimeout: START_DEADLINE_MS,
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      timezone: 'Z',
    };
    correctTableMap();
    this.#zongji = new ZongJi(connection);
    this.#insides = this.#zongji as unknown as ZongjiInsides; // the declarations of the library leave these out
    this.#countIgnored();
    this.#zongji.on('error', (error: Error) => this.#fail(error));
    this.#zongji.on('binlog', (event: unknown) => this.#take(event as ZongjiEvent)); // read by the names of its types
    this.#zongji.on('ready', () => this.#askForHeartbeats());
  }

  get ignored(): number {
    return this.#ignored;
  }

  async start(from: LogPlace): Promise<void> {
    const { server, serverId, recordKeys } = this.#options;
    this.#follower = new LogFollower(from, (event) => this.#emit(event));
    const deadline = setTimeout(
      () => this.#fail(new ReplicationError('ERG_1502', `the source sent no log within ${START_DEADLINE_MS} ms`)),
      START_DEADLINE_MS,
    );
    this.#zongji.start({
      serverId,
      filename: from.file,
      position: from.position,
      includeSchema: { [server.database]: [...recordKeys.keys()] },
    });
    try {
      await this.#started.promise;
    } finally {
      clearTimeout(deadline);
    }
    this.#silenceTimer = setInterval(() => this.#checkSilence(), CHECK_SILENCE_MS);
  }

  pause(): void {
    this.#isPaused = true;
    this.#insides.connection?.pause();
  }

  resume(): void {
    if (this.#isPaused && !this.#hasEnded) {
      this.#isPaused = false;
      this.#heardAtMs = performance.now();
      this.#insides.connection?.resume();
    }
  }

  useDefinitions(definitions: SourceDefinitions): void {
    this.#definitions = definitions;
    this.#layouts.clear();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #stop(): Promise<void> {
    this.#hasEnded = true;
    clearInterval(this.#silenceTimer);
    this.#started.reject(new ReplicationError('ERG_9001', 'the reader was stopped'));
    this.#started.promise.catch(() => {}); // nobody may be waiting
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, STOP_DEADLINE_MS);
      this.#zongji.once('stopped', () => {
        clearTimeout(deadline);
        resolve();
      });
      this.#zongji.stop();
    });
  }

  #fail(error: unknown): void {
    if (this.#hasEnded) {
      return; // the library emits errors of connections that are being ended
    }
    this.#hasEnded = true;
    clearInterval(this.#silenceTimer);
    const coded = asCaptureError(error);
    this.#started.reject(coded);
    this.#started.promise.catch(() => {}); // nobody may be waiting
    this.#insides.connection?.pause();
    this.#options.handler.onFailed(coded);
  }

  /** Thrown errors end here: the library calls us out of its socket's handler, where nobody would catch them. */
  #take(event: ZongjiEvent): void {
    if (this.#hasEnded) {
      return;
    }
    this.#heardAtMs = performance.now();
    try {
      this.#dispatch(event);
      this.#started.resolve();
    } catch (error) {
      this.#fail(error);
    }
  }

  #dispatch(event: ZongjiEvent): void {
    switch (event.getTypeName()) {
      case 'TableMap':
        this.#readTable(event as ZongjiTableMap); // its type name was just asked for; the same below
        this.#follower?.followRows(event);
        return;
      case 'WriteRows':
      case 'UpdateRows':
      case 'DeleteRows':
        this.#follower?.followRows(event);
        this.#readRows(event as ZongjiRows | ZongjiUpdateRows);
        return;
      case 'Rotate':
        // The next file may be of a server that was started again, and such a one gives its table ids out anew.
        this.#layouts.clear();
        this.#follower?.follow(event);
        return;
      case 'Gtid':
      case 'AnonymousGtid':
        this.#isMysql = true; // MariaDB has an event of its own for it
        this.#follower?.follow(event);
        return;
      default:
        this.#follower?.follow(event);
    }
  }

  /** Within a file, table ids are given anew whenever a definition changes, so a layout is right as long as its id. */
  #readTable(event: ZongjiTableMap): void {
    const table = this.#insides.tableMap[event.tableId];
    if (table === undefined) {
      return;
    }
    const known = this.#layouts.get(event.tableId);
    if (known !== undefined) {
      takeBytes(table, known.logged);
      return;
    }
    if (event.columnNames === undefined) {
      throw new ReplicationError(
        'ERG_1504',
        `table ${event.tableName}: expected a definition in the log (binlog_row_metadata=FULL) that can be read; ` +
          'on MySQL 8.0 a YEAR column makes it unreadable',
      );
    }
    const logged = describeColumns(event, table, this.#definitions.characters);
    takeBytes(table, logged);
    const layout = buildReadableLayout({
      table: event.tableName,
      logged,
      current: this.#definitions.columns.get(event.tableName),
      recordKey: this.#options.recordKeys.get(event.tableName) ?? [],
      yearShiftsSigns: this.#isMysql,
    });
    this.#layouts.set(event.tableId, layout);
  }

  #readRows(event: ZongjiRows | ZongjiUpdateRows): void {
    const layout = this.#layouts.get(event.tableId);
    if (layout === undefined) {
      throw new ReplicationError('ERG_1509', `expected the definition of table id ${event.tableId} before its rows`);
    }
    const { op, rows } = readRows(event, layout);
    this.#emit({ kind: 'rows', op, layout, rows });
  }

  #emit(event: BinlogEvent): void {
    if (!this.#hasEnded) {
      this.#options.handler.onEvent(event);
    }
  }

  #countIgnored(): void {
    const skip = this.#insides._skipSchema.bind(this.#insides);
    Object.assign(this.#insides, {
      _skipSchema: (schema: string, table: string) => {
        const isSkipped = skip(schema, table);
        this.#ignored += isSkipped ? 1 : 0;
        return isSkipped;
      },
    });
  }

  /** Queued in front of the request for the log. Nanoseconds. */
  #askForHeartbeats(): void {
    const sql = `SET @master_heartbeat_period = ${Math.round(this.#options.heartbeatMs * 1_000_000)}`;
    this.#insides.connection?.query(sql, (error) => {
      if (error !== null) {
        this.#fail(error);
      }
    });
  }

  #checkSilence(): void {
    const silentMs = performance.now() - this.#heardAtMs;
    const allowedMs = Math.max(MIN_SILENCE_MS, MISSED_HEARTBEATS * this.#options.heartbeatMs);
    if (!this.#isPaused && silentMs > allowedMs) {
      this.#fail(new ReplicationError('ERG_1502', `the source was silent for ${Math.round(silentMs)} ms`));
    }
  }
}
