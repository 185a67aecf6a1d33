/**
 * Where the databases are: from the settings file of a running system, or named one by one. Reads the file by itself,
 * with the yaml package only, so that a fault in ergate's own reader cannot hide here.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface OrderEndpoints {
  readonly source: Endpoint;
  /** In the order of the settings: shard i holds the sellers with seller_no modulo number of shards = i. */
  readonly sellers: readonly Endpoint[];
  readonly settlement: Endpoint;
  /** Where the six pipelines run: what they have besides. */
  readonly six?: SixEndpoints | undefined;
}

export interface SixEndpoints {
  /** The second source. */
  readonly delivery: Endpoint;
  readonly deliveryView: Endpoint;
  readonly hosting: readonly HostingShard[];
}

export interface HostingShard {
  readonly endpoint: Endpoint;
  /** Numbers of the hosting partners whose rows it holds. */
  readonly partners: readonly string[];
}

/** What a settings file may refer to. */
interface Surroundings {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @throws Error naming what is missing */
export function readEndpoints(file: string, environment: Surroundings['environment']): OrderEndpoints {
  const settings: unknown = parse(readFileSync(file, 'utf8'));
  const surroundings = { folder: dirname(file), environment };
  const shardsOf = (database: string) => readShards(settings, database, surroundings);
  const [source] = shardsOf('order');
  const [settlement] = shardsOf('settlement');
  const sellers = shardsOf('seller');
  if (source === undefined || settlement === undefined || sellers.length === 0) {
    throw new Error(`${file}: expected shards below databases.order, databases.seller and databases.settlement`);
  }
  return { source, sellers, settlement, six: readSix(settings, shardsOf) };
}

/** @returns undefined when the settings have no delivery system */
function readSix(settings: unknown, shardsOf: (database: string) => Endpoint[]): SixEndpoints | undefined {
  const [delivery] = shardsOf('delivery');
  const [deliveryView] = shardsOf('delivery-view');
  if (delivery === undefined || deliveryView === undefined) {
    return undefined;
  }
  const shardOf = Object.entries(at(at(at(at(settings, 'pipelines'), 'order-hosting'), 'target'), 'shardOf') ?? {});
  const hosting = shardsOf('hosting').map((endpoint) => ({
    endpoint,
    partners: shardOf.filter(([, shard]) => shard === endpoint.name).map(([partner]) => partner),
  }));
  return { delivery, deliveryView, hosting };
}

function readShards(settings: unknown, database: string, surroundings: Surroundings): Endpoint[] {
  const shards = at(at(at(settings, 'databases'), database), 'shards');
  return Array.isArray(shards) ? shards.map((shard) => readShard(shard, surroundings)) : [];
}

function readShard(shard: unknown, surroundings: Surroundings): Endpoint {
  const text = (key: string, otherwise: string) => substitute(String(at(shard, key) ?? otherwise), surroundings);
  return {
    name: text('name', 'unnamed'),
    host: text('host', '127.0.0.1'),
    port: Number(text('port', '3306')),
    user: text('user', 'root'),
    password: text('password', ''),
    database: text('database', ''),
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** ${NAME}, ${NAME:-default}, ${NAME:?message} and ${file:path}. */
function substitute(text: string, { folder, environment }: Surroundings): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (inside.startsWith('file:')) {
      return readFileSync(resolve(folder, inside.slice('file:'.length)), 'utf8').trimEnd();
    }
    const [, name = '', otherwise] = /^([A-Za-z0-9_]+)(?::-(.*)|:\?.*)?$/s.exec(inside) ?? [];
    const value = environment[name] ?? otherwise;
    if (value === undefined) {
      throw new Error(`the settings need the environment variable ${name || inside}`);
    }
    return value;
  });
}

/** "[name=]host:port/database"; user and password are given apart. */
export function parseEndpoint(text: string, user: string, password: string): Endpoint {
  const match = /^(?:([^=]+)=)?([^=/]+):(\d+)\/([^/]+)$/.exec(text);
  if (match === null) {
    throw new Error(`expected [name=]host:port/database, got "${text}"`);
  }
  const [, name, host = '', port, database = ''] = match;
  return { name: name ?? database, host, port: Number(port), user, password, database };
}
