import { z } from 'zod';
import { COLUMN_FORMS, isColumnForm } from '../change/decode/column-form.ts';
import { durationMs } from './duration.ts';
import { replicatedTable, target } from './routing-schema.ts';
import { Secret } from './secret.ts';
import { column, name, table } from './setting-name.ts';
import { verification } from './verification-schema.ts';

const topic = z
  .string()
  .regex(/^(?!\.\.?$)[A-Za-z0-9._-]{1,249}$/, 'expected 1 to 249 characters of A-Z, a-z, 0-9, ., _ and -')
  .meta({ range: '1 to 249 characters of A-Z, a-z, 0-9, ., _ and -', examples: ['cdc.order'] });
const secret = z
  .string()
  .meta({ secret: true })
  .transform((text) => new Secret(text));

const address = z.strictObject({
  host: z
    .string()
    .regex(/^[^\s/@]{1,255}$/, 'expected a host name or address, without port, user or path')
    .meta({ range: 'a host name or address', examples: ['127.0.0.1'] })
    .describe('Host name or address.'),
  port: z.int().min(1).max(65_535).default(3306).describe('TCP port.'),
});

const DAY_MS = 86_400_000;

const server = address.extend({
  user: z.string().min(1).describe('Database user.'),
  password: secret.prefault('').describe('Password; write ${file:…} or ${NAME}, not the text itself.'),
  database: z.string().min(1).describe('Schema (database) that holds the tables.'),
});

const database = z.strictObject({
  driver: z.enum(['mysql', 'oracle']).describe('mysql serves MySQL and MariaDB.'),
  shards: z
    .array(
      server.extend({
        name: name.describe('Name of the shard; unique in its database.'),
        replica: address
          .optional()
          .describe(
            'A replica of the shard, with the same user, password and schema. The first look of a verification reads it, or the shard itself while it cannot be read; nothing else does.',
          ),
      }),
    )
    .min(1)
    .max(1024)
    .describe('One entry per shard; a database that is not sharded has one.'),
});

const capture = z.strictObject({
  database: name.describe('Source database whose binary log is read; it has one shard.'),
  topic: topic.describe('Topic the change records go to.'),
  partitions: z
    .int()
    .min(1)
    .max(10_000)
    .default(4)
    .describe('Partitions of the topic when it is created; a topic that exists is left as it is.'),
  replicas: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("Copies of each partition when the topic is created; the broker's default when left out."),
  serverId: z
    .int()
    .min(1)
    .max(4_294_967_295)
    .describe('Replication server id; unique among all readers of the source.'),
  startFrom: z
    .enum(['now', 'oldest'])
    .default('now')
    .describe('Where the first start reads from; later starts resume.'),
  epoch: z.int().min(0).max(1_000_000).default(0).describe('Raised by hand when the source log restarts.'),
  heartbeat: durationMs(100, 60_000)
    .prefault('1s')
    .describe('A heartbeat record is sent to each partition when the source was idle this long.'),
  tables: z
    .record(
      table,
      z.strictObject({
        recordKey: z
          .array(column)
          .min(1)
          .max(8)
          .describe('Columns whose values are the record key; changes with equal keys stay in order.'),
      }),
    )
    .describe('Captured tables and the columns of their record key.'),
});

const columnForm = z
  .string()
  .refine(isColumnForm, `expected one of ${COLUMN_FORMS.join(', ')}`)
  .meta({ range: COLUMN_FORMS.join(', '), examples: ['datetime-us'] });

const batch = z.strictObject({
  minRows: z.int().min(1).max(10_000).default(20).describe('Lower bound of the dynamic quota, rows.'),
  maxRows: z.int().min(1).max(10_000).default(1_000).describe('Upper bound of the dynamic quota, rows.'),
  maxBytes: z
    .int()
    .min(1_024)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('Most bytes of cells in a batch.'),
  growBelow: durationMs(1, 60_000).prefault('50ms').describe('A batch that filled faster than this grows the quota.'),
  shrinkAbove: durationMs(1, 60_000)
    .prefault('100ms')
    .describe('A batch that filled slower than this shrinks the quota.'),
  flush: z
    .enum(['whenIdle', 'fillWindow'])
    .default('whenIdle')
    .describe('whenIdle: a lane that is not writing writes at once. fillWindow: it waits for its quota of rows.'),
  window: durationMs(1, 60_000)
    .prefault('100ms')
    .describe('Of fillWindow: a batch that did not fill in this time is written as it is, and shrinks the quota.'),
});

const breaker = z.strictObject({
  failures: z.int().min(1).max(100).default(5).describe('Failed validation queries in a row that open the breaker.'),
  openFor: durationMs(1_000, 3_600_000).prefault('30s').describe('How long it is open before one probe.'),
  parkAfter: durationMs(1_000, 3_600_000)
    .prefault('30s')
    .describe('A shard or table that cannot be written for so long is left out, if others can, and made up for later.'),
});

const pipeline = z.strictObject({
  source: z
    .strictObject({
      database: name.describe('Source database, for look-ups.'),
      topic: topic.describe('Change stream to read.'),
      format: z.enum(['ergate', 'debezium', 'maxwell']).default('ergate').describe('Record format of the topic.'),
      logEpoch: z
        .int()
        .min(0)
        .max(1_000_000)
        .optional()
        .describe(
          'Of debezium and maxwell: says that all records come from the log of one server, so that what was sent twice is passed over; raise it by one when that log restarts or another server takes over.',
        ),
      columns: z
        .record(table, z.record(column, columnForm))
        .default({})
        .describe('Of debezium and maxwell: how values of a column are written, where a record does not tell.'),
      debezium: z
        .strictObject({
          withoutSchema: z
            .enum(['refuse', 'accept'])
            .default('refuse')
            .describe('Changes without schema part. accept: what their values mean stands in columns.'),
          truncate: z
            .enum(['finding', 'ignore'])
            .default('finding')
            .describe('When the source empties a table: store a finding, or pass over it; it is never applied.'),
        })
        .optional()
        .describe('Of the format debezium only.'),
      topicEpoch: z.int().min(0).max(65_535).default(0).describe('Raised by one when the topic is re-created.'),
      startFrom: z
        .enum(['earliest', 'latest'])
        .default('earliest')
        .describe('Where the first start reads from; later starts resume.'),
    })
    .describe('Where changes come from.'),
  target: target.describe('Where changes go to.'),
  apply: z
    .boolean()
    .default(true)
    .describe(
      'false: another tool writes the target. There are no sinks; the pipeline is verified, and ergate writes nothing there.',
    ),
  marker: z
    .strictObject({
      writer: column.default('ergate_yn').describe('Column that says who wrote the row; 1 is ergate.'),
      commitTime: column.default('rpc_time').describe('Column for the commit time at the source.'),
      version: column.default('ergate_seq').describe('Column for the version of the row.'),
    })
    .prefault({})
    .describe('Columns that ergate adds to every target table.'),
  latencyColumn: column
    .optional()
    .describe(
      'DATETIME(6) column stamped by the writer just before its commit, UTC; measures latency finer than the whole seconds of a binary log.',
    ),
  tables: z.record(table, replicatedTable).describe('Replicated tables by their name at the source.'),
  lookups: z
    .strictObject({
      giveUpAfter: durationMs(100, 24 * 3_600_000)
        .prefault('10m')
        .describe('A change whose look-up got no answer for so long becomes a finding.'),
    })
    .prefault({})
    .describe('Of findCkey and columnReplace.'),
  lanes: z.int().min(1).max(64).default(2).describe('Lanes per target shard.'),
  breaker: breaker.prefault({}).describe('When a shard of the target is left alone, and what is left out meanwhile.'),
  verification: verification
    .optional()
    .describe('Compares rows with their source and repairs them. Left out: changes are replicated and not verified.'),
  batch: batch.prefault({}).describe('How many changes go into one transaction at the target.'),
  maxQueuedBytes: z
    .int()
    .min(65_536)
    .max(4 * 1024 * 1024 * 1024)
    .default(16 * 1024 * 1024)
    .describe('Change bytes held per partition before fetching pauses.'),
  maxOffsetGap: z
    .int()
    .min(100)
    .max(10_000_000)
    .default(100_000)
    .describe('Offsets between the oldest unsettled and the newest read before fetching pauses.'),
});

export const settingsSchema = z.strictObject({
  version: z.literal(1).describe('Version of this file format.'),
  environment: name.describe('Part of every subject and group name: ergate.<environment>.…'),
  nats: z.strictObject({
    servers: z
      .array(
        z
          .string()
          .regex(/^(nats|tls|ws|wss):\/\/[^\s@/]+$/, 'expected nats://host:port, without user and password')
          .meta({ range: 'nats://host:port', examples: ['nats://127.0.0.1:4222'] }),
      )
      .min(1)
      .describe('nats://host:port'),
    requestTimeout: durationMs(100, 60_000).prefault('2s').describe('How long a request waits for its answer.'),
  }),
  kafka: z
    .strictObject({
      brokers: z
        .array(
          z
            .string()
            .regex(/^[^\s:]+:\d{1,5}$/, 'expected host:port')
            .meta({ range: 'host:port', examples: ['127.0.0.1:9092'] }),
        )
        .min(1)
        .describe('host:port'),
      sessionTimeout: durationMs(1_000, 1_800_000)
        .prefault('6s')
        .describe('Silence after which the broker gives a partition to another member.'),
    })
    .describe('The change stream.'),
  state: server
    .extend({
      keepClosedCases: durationMs(2 * DAY_MS, 3_650 * DAY_MS)
        .prefault('2160h')
        .describe(
          'How long closed cases with their history, runs and closed incidents are kept; 2160h are 90 days. The audit stays for ever.',
        ),
    })
    .describe('State database, MySQL family.'),
  faults: z
    .strictObject({
      sourceBoom: z.boolean().default(false).describe('Preparing a statement for a source takes 3 s and fails.'),
      targetBoom: z.boolean().default(false).describe('Preparing a statement for a target takes 3 s and fails.'),
    })
    .prefault({})
    .describe('For trying things out; refused in an environment whose name starts with prod.'),
  supervisor: z
    .strictObject({
      heartbeatEvery: durationMs(50, 60_000).prefault('1s').describe('How often a node reports all its actors.'),
      nodeDeadAfter: durationMs(200, 600_000)
        .prefault('3s')
        .describe('Silence after which the actors of a node are placed elsewhere.'),
      restartBudget: z
        .strictObject({
          restarts: z.int().min(1).max(1_000).default(5).describe('Restarts that are allowed.'),
          within: durationMs(1_000, 3_600_000).prefault('60s').describe('The time in which they are counted.'),
        })
        .prefault({})
        .describe('Restarts of one actor on one node before it is moved.'),
    })
    .prefault({})
    .describe('How nodes and actors are watched.'),
  databases: z.record(name, database).describe('Source and target databases by name.'),
  captures: z.record(name, capture).default({}).describe('What is read from sources into the change stream, by name.'),
  pipelines: z
    .record(name, pipeline)
    .default({})
    .describe('What is replicated from the change stream to targets, by name.'),
});

export type Settings = z.output<typeof settingsSchema>;
export type DatabaseSettings = z.output<typeof database>;
export type CaptureSettings = z.output<typeof capture>;
export type PipelineSettings = z.output<typeof pipeline>;
export type VerificationSettings = z.output<typeof verification>;
export type TargetSettings = PipelineSettings['target'];
export type ReplicatedTableSettings = z.output<typeof replicatedTable>;
