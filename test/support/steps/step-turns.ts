/**
 * Every step at which verification and recovery are killed, once. A turn is a list of steps in the order in which they are reached:
 * some are reached only by whoever takes up what a killed one has left.
 */

/** Of a call that is made all the time, while rows are damaged. */
const PASSED = [
  'verifier.stream.onRecords',
  'verifier.sink.read',
  'verifier.witness.look',
  'verifier.marks.take',
  'verifier.ask.report',
  'recovery.answer.report',
  'recovery.cases.findNewest',
  'recovery.cases.listDue',
  'recovery.case.none-waiting',
  'recovery.case.waiting-checking',
  'recovery.witness.look',
  'recovery.case.repairing-repaired',
  'recovery.case.repaired-reverifying',
  'sink.answer.sink.repair',
] as const;

/** Of an actor that starts, so somebody has to be killed before. */
const STARTING = [
  ['verifier.target.readMany.before', 'verifier.stream.onOwned'],
  ['verifier.target.readMany.after', 'verifier.ranges.load'],
  ['verifier.stream.commit.before', 'recovery.cases.takePlace'],
  ['verifier.stream.commit.after', 'recovery.cases.listClaimed'],
] as const;

/** While the source gives no answers now and then. */
const UNVERIFIED = ['verifier.ranges.save', 'verifier.range-stream.onRecords', 'verifier.ranges.remove'] as const;

/** What is left in the middle by the first, and how it is taken up. */
const TAKEN_UP = [
  ['recovery.case.checking-repairing.before', 'recovery.case.checking-retryWait', 'recovery.case.retryWait-checking'],
  ['recovery.case.checking-repairing.after', 'recovery.case.repairing-retryWait'],
  ['recovery.ask.sink.repair.before'],
  ['recovery.ask.sink.repair.after', 'recovery.case.checking-repaired'],
  ['recovery.case.reverifying-closed.before', 'recovery.case.reverifying-repaired'],
  ['recovery.case.reverifying-closed.after'],
] as const;

export interface StepTurn {
  readonly steps: readonly string[];
  /** The source has to be silent for a while, again and again. */
  readonly needsSilence: boolean;
}

export const STEP_TURNS: readonly StepTurn[] = [
  ...PASSED.flatMap((call) => momentsOf(call).map((step) => turn([step]))),
  ...UNVERIFIED.map((call) => turn(momentsOf(call), true)),
  ...[...STARTING, ...TAKEN_UP].map(([first, ...calls]) => turn([first, ...calls.flatMap(momentsOf)])),
];

function turn(steps: readonly string[], needsSilence = false): StepTurn {
  return { steps, needsSilence };
}

function momentsOf(call: string): readonly string[] {
  return [`${call}.before`, `${call}.after`];
}
