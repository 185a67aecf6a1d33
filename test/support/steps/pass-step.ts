/**
 * A process dies at the step that somebody has armed, as by a power cut: no handler runs, nothing is written any more. What is
 * armed is a file with the name of the step. Its new name is the proof that the step was reached; and since only one process
 * can give it, one dies, once.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Environment variable of the processes that may die. */
export const STEP_FOLDER = 'ERGATE_STEP_FOLDER';

/** Also one that was reached before. @param step letters, digits, "." and "-" */
export function armStep(folder: string, step: string): void {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, `${step}.reached`), { force: true });
  writeFileSync(join(folder, `${step}.armed`), '');
}

export function isStepReached(folder: string, step: string): boolean {
  return existsSync(join(folder, `${step}.reached`));
}

/** Does not return when the step is armed. */
export function passStep(step: string): void {
  const folder = process.env[STEP_FOLDER];
  if (folder === undefined) {
    throw new Error(`expected the folder of armed steps in ${STEP_FOLDER}`);
  }
  try {
    renameSync(join(folder, `${step}.armed`), join(folder, `${step}.reached`));
  } catch {
    return; // not armed, or another process was first
  }
  process.kill(process.pid, 'SIGKILL');
}
