/** What happens in a drill, with the time; kept with the logs of all processes when the drill fails. */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const STORY = 'drill.log';
const KEPT_FOLDER = join(import.meta.dirname, '..', '..', '..', '.ergate', 'drills');

/** ERGATE_DRILL_ECHO=1 tells it to the terminal too. */
export function buildStory(folder: string): (message: string) => void {
  const startMs = performance.now();
  const isEchoed = process.env['ERGATE_DRILL_ECHO'] === '1';
  mkdirSync(folder, { recursive: true });
  return (message) => {
    const line = `${((performance.now() - startMs) / 1_000).toFixed(2).padStart(7)} s  ${message}`;
    appendFileSync(join(folder, STORY), `${line}\n`);
    if (isEchoed) {
      console.log(line);
    }
  };
}

/**
 * @param servers those whose logs are of interest
 * @param failure what to say when the logs are kept
 */
export function endFolder(folder: string, servers: readonly string[], failure: string | undefined): void {
  if (failure !== undefined) {
    const kept = join(KEPT_FOLDER, basename(folder));
    cpSync(join(folder, 'logs'), kept, { recursive: true });
    for (const server of servers) {
      const log = join(folder, 'stack', server, 'server.log');
      if (existsSync(log)) {
        cpSync(log, join(kept, `${server}.log`));
      }
    }
    console.log(`the drill failed (${failure}); its logs: ${kept}\n${readFileSync(join(kept, STORY), 'utf8')}`);
  }
  rmSync(folder, { recursive: true, force: true });
}
