/**
 * The data folder of a new Kafka server. What the storage tool writes is the same for every server but for two ids, and it is
 * a JVM of its own for a second or two: it runs once per checkout, and its folder is copied. It also leaves the classes that
 * it has loaded, as a server can map them into its memory; that saves it half a second of processor time.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, makeCached } from './cache-folder.ts';
import { getJava } from './find-executable.ts';
import { KAFKA_CACHE, kafkaClassPath } from './kafka-jars.ts';
import { runCommand } from './run-command.ts';

const FORMATTED = `${KAFKA_CACHE}-formatted`;
const FORMAT_TIMEOUT_MS = 60_000;
/** Features of the metadata, without ids. */
const CHECKPOINT = 'bootstrap.checkpoint';
const CLASSES = 'classes.jsa';

/** The cluster id is new with every data folder; by it a probe knows that it talks to this server. */
export async function formatOnce(folder: string): Promise<void> {
  if (existsSync(clusterFile(folder))) {
    return;
  }
  const formatted = await makeCached(FORMATTED, format);
  const data = join(folder, 'data');
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  await cp(join(formatted, 'data', CHECKPOINT), join(data, CHECKPOINT));
  const clusterId = makeId();
  const meta = ['version=1', 'node.id=1', `cluster.id=${clusterId}`, `directory.id=${makeId()}`];
  await writeFile(join(data, 'meta.properties'), `${meta.join('\n')}\n`);
  await writeFile(`${clusterFile(folder)}.new`, clusterId);
  await rename(`${clusterFile(folder)}.new`, clusterFile(folder));
}

export async function readClusterId(folder: string): Promise<string> {
  return readFile(clusterFile(folder), 'utf8');
}

/** Settings of the JVM of a server. One that cannot use the archive, because another wrote it, goes on without. */
export function useClassArchive(): readonly string[] {
  const archive = join(cachePath(FORMATTED), CLASSES);
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

async function format(folder: string): Promise<void> {
  const settingsFile = join(folder, 'server.properties');
  const settings = [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.voters=1@127.0.0.1:9093',
    'controller.listener.names=CONTROLLER',
    'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    `log.dirs=${join(folder, 'data')}`,
  ];
  await writeFile(settingsFile, `${settings.join('\n')}\n`);
  const archive = `-XX:ArchiveClassesAtExit=${join(folder, CLASSES)}`;
  const tool = ['-cp', kafkaClassPath(), 'kafka.tools.StorageTool', 'format', '-t', makeId(), '-c', settingsFile];
  await runCommand(getJava(), [archive, ...tool], { timeoutMs: FORMAT_TIMEOUT_MS });
}

/** 16 bytes as the storage tool writes them. It takes an id that begins with a dash for an option. */
function makeId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

function clusterFile(folder: string): string {
  return join(folder, 'cluster-id');
}
