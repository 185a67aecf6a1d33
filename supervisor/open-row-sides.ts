/** Both sides of a pipeline for one command: the primaries, read by key and by range, with what says how a row should be. */
import type { RowReader } from '../actors/row/row-reader.ts';
import { MysqlSourceDatabase } from '../actors/source/mysql-source-database.ts';
import { createSweepSides } from '../actors/sweeper/create-sweep-sides.ts';
import type { SweepSides } from '../actors/sweeper/sweep-sides.ts';
import { systemClock } from '../protocol/clock.ts';
import { ReplicationError } from '../protocol/errors/replication-error.ts';
import { NO_ADAPTER } from '../protocol/settings/list-refused-pipelines.ts';
import type { DatabaseSettings, PipelineSettings, Settings } from '../protocol/settings/settings-schema.ts';
import { listSourceKeys, openRowReaders } from './open-row-readers.ts';

export interface RowSides extends SweepSides {
  readonly close: () => void;
}

/** @throws ReplicationError ERG_8002 when there is no adapter for a side; ERG_2102, ERG_2105 */
export function openRowSides({ databases }: Pick<Settings, 'databases'>, pipeline: PipelineSettings): RowSides {
  const sources = new Map<string, MysqlSourceDatabase>();
  const getSource = (name: string) => {
    const source = sources.get(name) ?? new MysqlSourceDatabase({ server: getServer(databases, name) });
    sources.set(name, source);
    return source;
  };
  const { source, target } = pipeline;
  const readers: RowReader[] = [];
  const targets = openRowReaders(getDatabase(databases, target.database), pipeline).map(({ name, primary, first }) => {
    readers.push(first);
    return { name, reader: primary };
  });
  const sides = createSweepSides({
    settings: pipeline,
    source: getSource(source.database).openRowReader(listSourceKeys(pipeline)),
    targets,
    openLookup: (resolver, database) => getSource(database).lookup(resolver),
    clock: systemClock,
  });
  return {
    ...sides,
    close: () => {
      sides.close();
      for (const reader of [...readers, ...sources.values()]) {
        reader.close();
      }
    },
  };
}

/** A source is not sharded. */
function getServer(databases: Settings['databases'], name: string): DatabaseSettings['shards'][number] {
  const { driver, shards } = getDatabase(databases, name);
  const [server] = shards;
  if (driver !== 'mysql' || server === undefined) {
    throw new ReplicationError(NO_ADAPTER, `there is no adapter for ${driver} yet`);
  }
  return server;
}

function getDatabase(databases: Settings['databases'], name: string): DatabaseSettings {
  const database = databases[name];
  if (database === undefined) {
    throw new ReplicationError('ERG_9000', `the settings passed without their database ${name}`);
  }
  return database;
}
