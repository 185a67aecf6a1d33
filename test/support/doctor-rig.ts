/** A source and one target shard, both schemas of one server, as a pipeline that the doctor looks at. */

import { type Settings, settingsSchema } from '../../protocol/settings/settings-schema.ts';
import type { DoctorReport, PlaceReport, TableReport } from '../../supervisor/doctor/doctor-report.ts';
import { examinePipelines } from '../../supervisor/doctor/examine-pipelines.ts';
import { MysqlTarget, type ServerAddress } from './mysql-target.ts';

export const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';

export interface DoctorDraft {
  /** False: another tool writes the target. */
  readonly apply?: boolean;
  readonly tables?: Readonly<Record<string, object>>;
  /** Of the target. */
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
  /** Port of a replica of the target, on the same host. */
  readonly replicaPort?: number;
}

export interface Looked {
  readonly report: DoctorReport;
  readonly source: PlaceReport;
  readonly shard: PlaceReport;
  readonly table: TableReport;
}

export class DoctorRig {
  readonly source: MysqlTarget;
  readonly target: MysqlTarget;
  readonly #address: ServerAddress;

  private constructor(address: ServerAddress, source: MysqlTarget, target: MysqlTarget) {
    this.#address = address;
    this.source = source;
    this.target = target;
  }

  /** @param schema of the target; the source's has "_source" behind it */
  static async open(address: ServerAddress, schema: string): Promise<DoctorRig> {
    const source = await MysqlTarget.open(address, `${schema}_source`);
    return new DoctorRig(address, source, await MysqlTarget.open(address, schema));
  }

  settings(draft: DoctorDraft = {}): Settings {
    return settingsSchema.parse(this.draft(draft));
  }

  /** As it could stand in a settings file. */
  draft({ tables = { t: {} }, user = this.#address.user, password = '', apply, ...ports }: DoctorDraft = {}): object {
    const { host, port } = this.#address;
    const replica = ports.replicaPort === undefined ? undefined : { host, port: ports.replicaPort };
    const shard = (name: string, database: string) => ({ name, host, port, user: this.#address.user, database });
    const target = { ...shard('seller', this.target.schema), user, password, port: ports.port ?? port, replica };
    return {
      version: 1,
      environment: 'test',
      nats: { servers: ['nats://127.0.0.1:1'] },
      kafka: { brokers: ['127.0.0.1:1'] },
      state: { host, port, user: 'root', database: 'state' },
      databases: {
        order: { driver: 'mysql', shards: [shard('order', this.source.schema)] },
        seller: { driver: 'mysql', shards: [target] },
      },
      pipelines: {
        'order-seller': {
          source: { database: 'order', topic: 'cdc.order' },
          target: { database: 'seller' },
          tables,
          ...(apply === false ? { apply, verification: {} } : {}),
        },
      },
    };
  }

  async look(draft: DoctorDraft = {}): Promise<Looked> {
    const report = await examinePipelines(this.settings(draft), ['order-seller']);
    const [pipeline] = report.pipelines;
    const [shard] = pipeline?.shards ?? [];
    const [table] = pipeline?.tables ?? [];
    if (pipeline?.source === undefined || shard === undefined || table === undefined) {
      throw new Error('expected a report of one source, one shard and its tables');
    }
    return { report, source: pipeline.source, shard, table };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source[Symbol.asyncDispose]();
    await this.target[Symbol.asyncDispose]();
  }
}

/** "refused ERG_3503", in the order of the report, without notes. */
export function remarksOf({ remarks }: PlaceReport | TableReport): readonly string[] {
  return remarks.filter(({ severity }) => severity !== 'note').map(({ severity, code }) => `${severity} ${code}`);
}
