/** Tells a person what is being waited for, as soon as it takes longer than two seconds. */

export type OnProgress = (message: string) => void;

const FIRST_AFTER_MS = 2_000;
const THEN_EVERY_MS = 5_000;

/** @param what in the form "starting kafka" */
export async function withProgress<T>(what: string, onProgress: OnProgress, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const seconds = () => Math.round((performance.now() - startMs) / 1_000);
  let timer = setTimeout(function tell() {
    onProgress(`${what} … ${seconds()} s`);
    timer = setTimeout(tell, THEN_EVERY_MS);
  }, FIRST_AFTER_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
