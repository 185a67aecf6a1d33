import { setTimeout as sleep } from 'node:timers/promises';
import type { RunProgress } from '../../actors/state/run-store.ts';
import { listenForStop } from '../node/guard-process.ts';
import { EXIT } from './exit-codes.ts';
import { placeAll } from './recover-command.ts';
import { renderProgress } from './render-run.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { Screen } from './terminal.ts';
import { asDocument, withState } from './with-state.ts';

const LOOK_EVERY_MS = 1_000;

/** Until the run has ended or was stopped, or Ctrl-C, which leaves it as it is. @returns failed unless it has ended */
export async function runRecoverWatch(
  id: bigint,
  { config, output, once }: ReadOptions & { readonly once?: boolean },
): Promise<number> {
  const signal = listenForStop();
  const last = await withState(config, async (state) => {
    await placeAll(state, id);
    using cleanUp = new DisposableStack();
    const screen = output === 'table' && once !== true ? new Screen(process.stdout) : undefined;
    cleanUp.defer(() => screen?.close());
    const tell = (progress: RunProgress) =>
      screen === undefined
        ? show(output, asDocument(progress), () => [])
        : screen.show(renderProgress(progress, Date.now()));
    for (;;) {
      const progress = await state.runs.progress(id);
      if (progress === undefined || signal.aborted || once === true || hasEnded(progress)) {
        return progress;
      }
      await tell(progress);
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {}); // woken by the signal
    }
  });
  if (last === undefined) {
    process.stderr.write(`there is no run ${id}\n`);
    return EXIT.failed;
  }
  await show(output, asDocument(last), () => renderProgress(last, Date.now()));
  return last.run.state === 'ended' || once === true ? EXIT.ok : EXIT.failed;
}

function hasEnded({ run }: RunProgress): boolean {
  return run.state === 'ended' || run.state === 'stopped' || run.state === 'planned';
}
