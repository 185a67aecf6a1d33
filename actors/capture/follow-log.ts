/**
 * Follows the log event by event: where we are, and which transaction is open. Pure but for its own state.
 *
 * The place of a transaction's start is the end of the event before it. That is the same place whether the log is read
 * through or resumed there, on MySQL and MariaDB, and that is what makes source positions repeatable.
 */
import type { BinlogEvent, LogPlace, TransactionOutcome } from './binlog-reader.ts';
import type { ZongjiEvent, ZongjiQuery } from './zongji-events.ts';

/**
 * none         between transactions
 * announced    MySQL: its id was read, its first statement decides what it is
 * transaction  rows may come, until a commit
 * statement    MariaDB: one statement without a transaction
 */
type Group = 'none' | 'announced' | 'transaction' | 'statement';

export class LogFollower {
  readonly #emit: (event: BinlogEvent) => void;
  #place: LogPlace;
  #group: Group = 'none';
  /** Highest end of an event seen in this file. */
  #highest = 0;
  /** Positions are 32 bits in the log: behind 4 GiB of a file they start again, and our place waits for the next file. */
  #hasWrapped = false;
  /** ROLLBACK TO SAVEPOINT was logged: rows before it may not count. */
  #isRolledBackPartly = false;

  constructor(from: LogPlace, emit: (event: BinlogEvent) => void) {
    this.#place = from;
    this.#emit = emit;
  }

  /** Every event but the ones about rows. */
  follow(event: ZongjiEvent): void {
    switch (event.getTypeName()) {
      case 'Rotate':
        this.#abandonGroup();
        this.#rotate(event as { binlogName: string; position: number }); // the name was just asked for
        return;
      case 'Format':
        this.#abandonGroup();
        break;
      case 'Gtid':
      case 'AnonymousGtid':
        this.#begin(event as { timestamp: number; gtid: string }, 'announced');
        break;
      case 'MariadbGtid': {
        const { standalone } = event as { standalone: boolean };
        this.#begin(event as { timestamp: number; gtid: string }, standalone ? 'statement' : 'transaction');
        break;
      }
      case 'Query':
        this.#followQuery(event as ZongjiQuery);
        return;
      case 'Xid':
        this.#end(event, this.#isRolledBackPartly ? 'rolled-back' : 'committed');
        return;
      case 'XaPrepare':
        this.#end(event, (event as { onePhase: boolean }).onePhase ? 'committed' : 'prepared');
        return;
      case 'Heartbeat':
        this.#emit({ kind: 'alive' });
        break;
      default:
        break;
    }
    this.#advance(event);
  }

  /** Rows or their table came: MySQL logs nothing else that would say that this is a transaction. */
  followRows(event: ZongjiEvent): void {
    if (this.#group === 'announced') {
      this.#group = 'transaction';
    }
    this.#advance(event);
  }

  #followQuery(event: ZongjiQuery): void {
    const text = event.query.trim();
    const word = /^(BEGIN|COMMIT|ROLLBACK TO|ROLLBACK|SAVEPOINT|XA START|XA END)\b/i.exec(text)?.[1]?.toUpperCase();
    switch (word) {
      case 'BEGIN':
      case 'XA START':
        this.#beginUnlessAnnounced(event);
        this.#group = 'transaction';
        break;
      case 'COMMIT':
        this.#end(event, this.#isRolledBackPartly ? 'rolled-back' : 'committed');
        return;
      case 'ROLLBACK':
        this.#end(event, 'rolled-back');
        return;
      case 'ROLLBACK TO':
        this.#isRolledBackPartly = true;
        break;
      case 'SAVEPOINT':
      case 'XA END':
        break;
      default:
        this.#followStatement(event, text);
        return;
    }
    this.#advance(event);
  }

  #followStatement(event: ZongjiQuery, text: string): void {
    this.#beginUnlessAnnounced(event);
    this.#emit({ kind: 'statement', text, schema: event.schema, atMs: event.timestamp });
    // CREATE TABLE … SELECT of MySQL: its rows follow in the same transaction.
    if (this.#group === 'announced' && /\bSTART TRANSACTION$/i.test(text)) {
      this.#group = 'transaction';
    }
    if (this.#group === 'transaction') {
      this.#advance(event);
    } else {
      this.#end(event, 'committed');
    }
  }

  #begin(event: { timestamp: number; gtid: string }, group: Group): void {
    this.#abandonGroup();
    this.#group = group;
    this.#isRolledBackPartly = false;
    this.#emit({ kind: 'begin', start: this.#place, commitTimeMs: event.timestamp, gtid: event.gtid });
  }

  /** Servers without any kind of GTID event. */
  #beginUnlessAnnounced(event: ZongjiQuery): void {
    if (this.#group === 'none') {
      this.#begin({ timestamp: event.timestamp, gtid: '' }, 'announced');
    }
  }

  #end(event: ZongjiEvent, outcome: TransactionOutcome): void {
    const wasOpen = this.#group !== 'none';
    this.#group = 'none';
    this.#moveTo(event.nextPosition);
    this.#emit(wasOpen ? { kind: 'end', outcome, next: this.#place } : { kind: 'moved', next: this.#place });
  }

  /** A new file or transaction while one is open: the source crashed before it had written its end. */
  #abandonGroup(): void {
    if (this.#group !== 'none') {
      this.#group = 'none';
      this.#emit({ kind: 'end', outcome: 'incomplete', next: this.#place });
    }
  }

  #rotate(event: { binlogName: string; position: number }): void {
    this.#place = { file: event.binlogName, position: event.position };
    this.#highest = event.position;
    this.#hasWrapped = false;
    this.#emit({ kind: 'moved', next: this.#place });
  }

  /** Our place is always between transactions: within one, positions are watched only. */
  #advance(event: ZongjiEvent): void {
    if (this.#group !== 'none') {
      this.#watch(event.nextPosition);
    } else if (this.#moveTo(event.nextPosition)) {
      this.#emit({ kind: 'moved', next: this.#place });
    }
  }

  #watch(position: number): void {
    if (position > 0 && position < this.#highest) {
      this.#hasWrapped = true;
    }
    this.#highest = Math.max(this.#highest, position);
  }

  #moveTo(position: number): boolean {
    this.#watch(position);
    if (this.#hasWrapped || position <= this.#place.position) {
      return false;
    }
    this.#place = { file: this.#place.file, position };
    return true;
  }
}
