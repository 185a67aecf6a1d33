/** What the supervisor wants to run, one actor each. The name is also the actor's token in subjects. */
export type Job =
  | { readonly kind: 'capture'; readonly name: string; readonly capture: string }
  | { readonly kind: 'sink'; readonly name: string; readonly pipeline: string; readonly partition: number };

export function captureJob(capture: string): Job {
  return { kind: 'capture', name: `capture.${capture}`, capture };
}

export function sinkJob(pipeline: string, partition: number): Job {
  return { kind: 'sink', name: `sink.${pipeline}.${partition}`, pipeline, partition };
}
