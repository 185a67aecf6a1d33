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
  'recovery.cases.listOrders',
  'recovery.cases.listFindings',
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

/** What else has to happen, again and again, for the steps to be reached. */
const NEEDING = {
  /** The source gives no answers for a while. */
  silence: ['verifier.ranges.save', 'verifier.range-stream.onRecords', 'verifier.ranges.remove'],
  /** The target refuses changes for a moment. */
  refusals: ['recovery.finding.opened', 'recovery.records.nameRows', 'recovery.case.checking-closed'],
  /** Somebody orders something of open cases. */
  orders: ['recovery.order.done'],
} as const;
export type StepNeed = keyof typeof NEEDING;

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
  readonly needs?: StepNeed | undefined;
}

export const STEP_TURNS: readonly StepTurn[] = [
  ...PASSED.flatMap((call) => momentsOf(call).map((step) => turn([step]))),
  ...Object.entries(NEEDING).flatMap(
    ([needs, calls]) => calls.map((call) => turn(momentsOf(call), needs as StepNeed)), // the keys are those
  ),
  ...[...STARTING, ...TAKEN_UP].map(([first, ...calls]) => turn([first, ...calls.flatMap(momentsOf)])),
];

function turn(steps: readonly string[], needs?: StepNeed): StepTurn {
  return { steps, needs };
}

function momentsOf(call: string): readonly string[] {
  return [`${call}.before`, `${call}.after`];
}
