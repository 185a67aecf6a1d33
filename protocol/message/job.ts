export const JOB_KINDS: readonly Job['kind'][] = ['capture', 'sink', 'verifier', 'recovery', 'sweeper'];

/** What the supervisor wants to run, one actor each. The name is also the actor's token in subjects. */
export type Job =
  | { readonly kind: 'capture'; readonly name: string; readonly capture: string }
  | { readonly kind: 'sink'; readonly name: string; readonly pipeline: string; readonly partition: number }
  | { readonly kind: 'verifier'; readonly name: string; readonly pipeline: string; readonly partition: number }
  | { readonly kind: 'recovery'; readonly name: string; readonly pipeline: string; readonly partition: number }
  /** One for all partitions: it compares tables, not records. */
  | { readonly kind: 'sweeper'; readonly name: string; readonly pipeline: string };

export function captureJob(capture: string): Job {
  return { kind: 'capture', name: `capture.${capture}`, capture };
}

export function sinkJob(pipeline: string, partition: number): Job {
  return { kind: 'sink', name: `sink.${pipeline}.${partition}`, pipeline, partition };
}

export function verifierJob(pipeline: string, partition: number): Job {
  return { kind: 'verifier', name: `verifier.${pipeline}.${partition}`, pipeline, partition };
}

export function recoveryJob(pipeline: string, partition: number): Job {
  return { kind: 'recovery', name: `recovery.${pipeline}.${partition}`, pipeline, partition };
}

export function sweeperJob(pipeline: string): Job {
  return { kind: 'sweeper', name: `sweeper.${pipeline}`, pipeline };
}
