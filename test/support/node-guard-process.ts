/** A process that does nothing but what guard-process.ts does for it. Its argument says how it misbehaves. */
import { exitOnFault, listenForStop } from '../../supervisor/node/guard-process.ts';
import { openProcessLog } from '../../supervisor/observe/json-logger.ts';

const log = openProcessLog({ fields: { process: 'test' } });
exitOnFault(log);
const stop = listenForStop();
stop.addEventListener('abort', () => log.logger.event('node.draining'));
setInterval(() => {}, 60_000);
log.logger.event('node.started');
if (process.argv[2] === 'throw') {
  setImmediate(() => {
    throw new Error('nobody catches this');
  });
} else if (process.argv[2] === 'reject') {
  // biome-ignore lint/nursery/noFloatingPromises: that nobody awaits it is what is tested
  Promise.reject(new Error('nobody awaits this'));
}
