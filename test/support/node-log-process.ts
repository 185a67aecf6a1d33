/** Logs much more than its reader takes, and tells over IPC that it was not held up by that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openProcessLog } from '../../supervisor/observe/json-logger.ts';

const LINES = 20_000;
const PAUSE_EVERY = 1_000;

const log = openProcessLog({ fields: { process: 'test', padding: 'x'.repeat(500) } });
for (let line = 0; line < LINES; line++) {
  log.logger.event('node.started', { line });
  if (line % PAUSE_EVERY === 0) {
    await sleep(1);
  }
}
process.send?.({ logged: LINES });
await log.flush(20_000);
process.disconnect();
