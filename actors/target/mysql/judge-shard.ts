/** What is to be said about the server of a shard, our user there and the fence; the tables apart. */
import type { TableShape } from '../../catalog/table-shape.ts';
import type { Remark } from '../remark.ts';
import { CREATE_FENCE_TABLE, FENCE_COLUMNS, FENCE_TABLE } from './fence-row.ts';
import type { ServerFacts, TargetInspection } from './inspect-server.ts';
import { quoteText } from './literal/text-literal.ts';
import { isGranted, isGrantedEverywhere } from './parse-grants.ts';
import { quoteName } from './quote-name.ts';

export interface JudgeShardOptions {
  readonly database: string;
  /** Of the source, if it could be asked. */
  readonly sourcePacketBytes: number | undefined;
}

export function judgeShard(
  inspection: TargetInspection,
  { database, sourcePacketBytes = 0 }: JudgeShardOptions,
): readonly Remark[] {
  return [
    ...judgeFence(inspection, database),
    ...judgeReadOnly(inspection, database),
    ...judgePacket(inspection.facts, sourcePacketBytes),
    ...judgeDurability(inspection.facts),
    ...judgeSight(inspection, database),
  ];
}

/** Undefined when nothing is missing. */
export function judgePrivileges(
  { denied, facts }: TargetInspection,
  database: string,
  table: string,
): Remark | undefined {
  const privileges = denied.get(table) ?? [];
  return privileges.length === 0
    ? undefined
    : {
        severity: 'refused',
        code: 'ERG_3501',
        message: `${facts.account} lacks ${privileges.join(', ')}`,
        statements: [grant(privileges, [database, table], facts.account)],
      };
}

function judgeFence(inspection: TargetInspection, database: string): Remark[] {
  const { fence, facts, grants } = inspection;
  const denied = judgePrivileges(inspection, database, FENCE_TABLE);
  if (fence !== undefined) {
    return isFence(fence) ? listOf(denied) : [notAFence()];
  }
  if (isGranted(grants, 'CREATE', database)) {
    return []; // it is made when it is first taken
  }
  const create: Remark = {
    severity: 'refused',
    code: 'ERG_3501',
    message: `no table ${FENCE_TABLE}, or ${facts.account} may not see it, and that user may not create it`,
    statements: [CREATE_FENCE_TABLE, grant(['SELECT', 'INSERT', 'UPDATE'], [database, FENCE_TABLE], facts.account)],
  };
  return [create];
}

function notAFence(): Remark {
  return {
    severity: 'refused',
    code: 'ERG_3530',
    message: `table ${FENCE_TABLE} is not as ergate makes it`,
    statements: [`RENAME TABLE ${FENCE_TABLE} TO ${FENCE_TABLE}_old`, CREATE_FENCE_TABLE],
  };
}

function isFence({ primaryKey, keyEnforced, columnByName, traits }: TableShape): boolean {
  return (
    keyEnforced &&
    primaryKey.join() === 'pipeline,partition_no' &&
    FENCE_COLUMNS.every((column) => columnByName.has(column)) &&
    traits?.isTransactional !== false
  );
}

function judgeReadOnly({ facts, grants }: TargetInspection, database: string): Remark[] {
  const remarks: Remark[] = [];
  if (facts.isReadOnly) {
    const message = 'the server is read-only: writes wait, and missing privileges cannot be told';
    remarks.push({ severity: 'warning', code: 'ERG_3007', message, statements: [] });
  }
  const granted = listBypasses(facts).filter((privilege) => isGrantedEverywhere(grants, privilege));
  const bypasses = new Set(granted.map((privilege) => privilege.replace('_ONLY', ' ONLY'))); // one, under two names
  if (bypasses.size > 0) {
    remarks.push({
      severity: 'warning',
      code: 'ERG_3529',
      message: `${facts.account} may write while the server is read-only (${[...bypasses].join(', ')}): after a failover it would write to the old primary`,
      statements: [
        "CREATE USER 'ergate'@'%' IDENTIFIED BY '<password>'",
        `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON ${pattern(database)}.* TO 'ergate'@'%'`,
      ],
      advice: 'give that user in the settings of this shard',
    });
  }
  return remarks;
}

/** In MariaDB SUPER passes by read_only up to 10.10. */
const SPLIT_MINOR = 11;

function listBypasses({ flavour, version }: ServerFacts): readonly string[] {
  if (flavour === 'MySQL') {
    return ['SUPER', 'CONNECTION_ADMIN'];
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < 10 || (major === 10 && minor < SPLIT_MINOR);
  return isOld ? ['SUPER', 'READ_ONLY ADMIN'] : ['READ_ONLY ADMIN', 'READ ONLY ADMIN'];
}

/** MariaDB shows them to whoever has any privilege on their table. */
function judgeSight({ facts, grants }: TargetInspection, database: string): Remark[] {
  if (facts.flavour === 'MariaDB' || isGranted(grants, 'TRIGGER', database)) {
    return [];
  }
  const message = `${facts.account} may not see triggers (privilege TRIGGER): whether tables have any is not known`;
  return [{ severity: 'note', code: 'ERG_3525', message, statements: [] }];
}

/** Guess: less than a row with a long text and a document needs. */
const SMALL_PACKET_BYTES = 4 * 1024 * 1024;

function judgePacket({ maxPacketBytes }: ServerFacts, sourcePacketBytes: number): Remark[] {
  const wantedBytes = Math.max(SMALL_PACKET_BYTES, sourcePacketBytes);
  if (maxPacketBytes >= wantedBytes) {
    return [];
  }
  const reason =
    maxPacketBytes < sourcePacketBytes ? `, and the source takes packets of ${sourcePacketBytes} bytes` : '';
  return [
    {
      severity: 'warning',
      code: 'ERG_3305',
      message: `a row may be half of max_allowed_packet at most, ${maxPacketBytes / 2} bytes as SQL${reason}`,
      statements: [`SET GLOBAL max_allowed_packet = ${wantedBytes}`],
    },
  ];
}

/** Offsets are committed for what the server has acknowledged: nobody would write it again. */
function judgeDurability({ isDurable }: ServerFacts): Remark[] {
  if (isDurable) {
    return [];
  }
  const message =
    'innodb_flush_log_at_trx_commit is not 1: what was acknowledged, up to about a second of it, may be gone after a crash of the server';
  const statements = ['SET GLOBAL innodb_flush_log_at_trx_commit = 1'];
  return [{ severity: 'warning', code: 'ERG_3533', message, statements, advice: 'set it in its configuration too' }];
}

function grant(privileges: readonly string[], [database, table]: readonly [string, string], account: string): string {
  const at = account.lastIndexOf('@');
  const user = `${quoteText(account.slice(0, at))}@${quoteText(account.slice(at + 1))}`;
  return `GRANT ${privileges.join(', ')} ON ${quoteName(database)}.${quoteName(table)} TO ${user}`;
}

/** In a grant on all tables of a database its name is a LIKE pattern. */
function pattern(database: string): string {
  return quoteName(database.replaceAll(/[\\%_]/g, '\\$&'));
}

function listOf(remark: Remark | undefined): Remark[] {
  return remark === undefined ? [] : [remark];
}
