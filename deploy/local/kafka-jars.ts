/** Apache Kafka as Maven artifacts: copied once into the cache, 43 MB. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, makeCached } from './cache-folder.ts';
import { getExecutable } from './find-executable.ts';
import { runCommand } from './run-command.ts';

/** In step with kafka/pom.xml; another version is another cache entry. */
const CACHE_NAME = 'kafka-4.1.0';
const POM = join(import.meta.dirname, 'kafka', 'pom.xml');
const COPY_TIMEOUT_MS = 10 * 60_000;

export function kafkaJarsFolder(): string {
  return cachePath(CACHE_NAME);
}

export function hasKafkaJars(): boolean {
  return existsSync(kafkaJarsFolder());
}

/** Does nothing when they are there. */
export async function fetchKafkaJars(): Promise<void> {
  await makeCached(CACHE_NAME, async (folder) => {
    await runCommand(
      getExecutable('mvn'),
      ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`],
      { timeoutMs: COPY_TIMEOUT_MS },
    );
  });
}
