/**
 * I1: no offset is committed past a change that was not applied.
 *
 * At every sample, each change below a committed offset must be covered in what the target had logged by then: the row had
 * that state or a newer one; or the state is a delete and the row is not there; or the row is not there because the stream,
 * as far as it went by then, deletes it later and both went into one write; or the change is stored as a finding.
 */
import { placesOf } from './expected-places.ts';
import { findingName } from './finding-name.ts';
import {
  type OffsetSample,
  partitionName,
  rowName,
  type StreamChange,
  type StreamHistory,
  type TargetHistory,
  type Violation,
} from './history.ts';
import { TargetState } from './target-state.ts';

export interface CoverageInput {
  readonly stream: StreamHistory;
  readonly targets: readonly TargetHistory[];
  /** Of one phase. */
  readonly samples: readonly OffsetSample[];
  /** By findingName. */
  readonly findings: ReadonlySet<string>;
}

interface PlacedChange {
  readonly change: StreamChange;
  readonly target: string;
}

/** The changes of one partition that one pipeline has to bring to its targets. */
interface Duty {
  readonly pipeline: string;
  readonly partition: number;
  readonly placed: PlacedChange[];
  next: number;
}

export function checkCovered(input: CoverageInput): Violation[] {
  const states = new Map(input.targets.map((history) => [history.target, new TargetState(history)]));
  const duties = [...listDuties(input.stream).values()];
  const rows = new RowStates(input.stream, input.findings);
  const violations: Violation[] = [];
  for (const sample of input.samples) {
    for (const [target, place] of sample.places) {
      states.get(target)?.advanceTo(place);
    }
    for (const duty of duties) {
      violations.push(...checkDuty(duty, sample, { states, rows }));
    }
  }
  return violations;
}

function checkDuty(
  duty: Duty,
  sample: OffsetSample,
  { states, rows }: { readonly states: ReadonlyMap<string, TargetState>; readonly rows: RowStates },
): Violation[] {
  const { pipeline, partition, placed } = duty;
  const committed = sample.committed.get(partitionName(pipeline, partition)) ?? 0;
  const passed: PlacedChange[] = [];
  for (let next = placed[duty.next]; next !== undefined && next.change.offset < committed; next = placed[duty.next]) {
    passed.push(next);
    duty.next++;
  }
  // A row is held to the newest state that was passed, so all of them are noted first.
  for (const { change, target } of passed) {
    rows.pass(target, change);
  }
  return passed.flatMap(({ change, target }) => {
    const state = states.get(target);
    return state === undefined || rows.isCovered({ pipeline, target, change, state, ends: sample.ends })
      ? []
      : [{ invariant: 'I1', message: describe({ pipeline, target, change, state, committed }) }];
  });
}

function describe(lost: {
  readonly pipeline: string;
  readonly target: string;
  readonly change: StreamChange;
  readonly state: TargetState;
  readonly committed: number;
}): string {
  const { pipeline, target, change, state, committed } = lost;
  const row = rowName(change.table, change.key);
  return (
    `${partitionName(pipeline, change.partition)} committed ${committed}, past offset ${change.offset}: ${row} rank ` +
    `${change.rank} is not at ${target}, which had reached rank ${state.highestRank(row)} and ` +
    `${state.isThere(row) ? 'holds the row' : 'does not hold the row'}`
  );
}

function listDuties(stream: StreamHistory): Map<string, Duty> {
  const duties = new Map<string, Duty>();
  for (const change of stream.changes) {
    for (const { pipeline, target } of placesOf(change, stream)) {
      const name = partitionName(pipeline, change.partition);
      const duty = duties.get(name) ?? { pipeline, partition: change.partition, placed: [], next: 0 };
      duties.set(name, duty);
      duty.placed.push({ change, target });
    }
  }
  return duties;
}

function isDelete({ rank }: StreamChange): boolean {
  return rank % 2 === 1;
}

function isInStream({ partition, offset }: StreamChange, ends: OffsetSample['ends']): boolean {
  return offset < (ends.get(partition) ?? 0);
}

class RowStates {
  readonly #findings: ReadonlySet<string>;
  readonly #changesOf: ReadonlyMap<string, readonly StreamChange[]>;
  readonly #passedRank = new Map<string, number>();

  constructor(stream: StreamHistory, findings: ReadonlySet<string>) {
    this.#findings = findings;
    this.#changesOf = Map.groupBy(stream.changes, ({ table, key }) => rowName(table, key));
  }

  pass(target: string, { table, key, rank }: StreamChange): void {
    const row = `${target} ${rowName(table, key)}`;
    this.#passedRank.set(row, Math.max(rank, this.#passedRank.get(row) ?? 0));
  }

  isCovered(wanted: {
    readonly pipeline: string;
    readonly target: string;
    readonly change: StreamChange;
    readonly state: TargetState;
    readonly ends: OffsetSample['ends'];
  }): boolean {
    const { pipeline, target, change, state, ends } = wanted;
    const row = rowName(change.table, change.key);
    const rank = this.#passedRank.get(`${target} ${row}`) ?? change.rank;
    if (change.rank < rank || state.highestRank(row) >= rank) {
      return true; // the newest state that was passed speaks for the older ones
    }
    const newer = (this.#changesOf.get(row) ?? []).filter((one) => one.rank >= rank);
    const isGoneRightly = !state.isThere(row) && newer.some((one) => isDelete(one) && isInStream(one, ends));
    return (
      isGoneRightly ||
      newer.some(({ partition, offset }) => this.#findings.has(findingName(pipeline, partition, offset)))
    );
  }
}
