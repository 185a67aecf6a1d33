/** Apache Kafka as Maven artifacts: copied once into the cache, 43 MB. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, makeCached } from './cache-folder.ts';
import { getExecutable } from './find-executable.ts';
import { runCommand } from './run-command.ts';

/** In step with kafka/pom.xml; another version is another cache entry. */
export const KAFKA_CACHE = 'kafka-4.1.0';
const POM = join(import.meta.dirname, 'kafka', 'pom.xml');
const COPY_TIMEOUT_MS = 10 * 60_000;

function kafkaJarsFolder(): string {
  return cachePath(KAFKA_CACHE);
}

export function kafkaClassPath(): string {
  return join(kafkaJarsFolder(), '*');
}

export function hasKafkaJars(): boolean {
  return existsSync(kafkaJarsFolder());
}

/** Does nothing when they are there. */
export async function fetchKafkaJars(): Promise<void> {
  await makeCached(KAFKA_CACHE, async (folder) => {
    await runCommand(
      getExecutable('mvn'),
      ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`],
      { timeoutMs: COPY_TIMEOUT_MS },
    );
  });
}
