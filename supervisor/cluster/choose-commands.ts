/**
 * What to tell the nodes now, so that they run what the places say. The same again at the next look while it has not
 * happened: the sender sees to it that nothing is under way twice.
 *
 * A sink moves by make-before-break: the new one takes the partition over in the consumer group, then the old one ends. A
 * verifier moves in the same way. Whatever has no group to be handed over in ends first: two captures would only send
 * repeats, and two recovery actors would look at the same cases.
 */
import type { Job } from '../../protocol/message/job.ts';
import type { ActorReport, SpawnCommand, StopCommand } from '../../protocol/message/node-message.ts';
import type { Claim, ClaimIndex } from './claim-index.ts';
import { hasTakenOver, judgeClaim } from './judge-claim.ts';
import type { KnownNode } from './node-registry.ts';
import type { JobRecord, Place } from './place-book.ts';

export type Command =
  | { readonly verb: 'spawn'; readonly node: string; readonly body: SpawnCommand }
  | { readonly verb: 'stop'; readonly node: string; readonly body: StopCommand }
  /** Asks for nothing, but shows the node our epoch: from then on it refuses older supervisors. */
  | { readonly verb: 'inventory'; readonly node: string; readonly body: Record<string, never> };

/** What an actor that is moved or not wanted any more may take to finish what it holds. */
const DRAIN_MS = 10_000;
/** After that a move no longer waits for the other side. */
const MOVE_DEADLINE_MS = 30_000;

export interface CommandQuestion {
  readonly nodes: readonly KnownNode[];
  readonly claims: ClaimIndex;
  readonly findRecord: (jobName: string) => JobRecord | undefined;
  readonly records: readonly JobRecord[];
  readonly nowMs: number;
}

export function chooseCommands(question: CommandQuestion): Command[] {
  const hearing = new Set(question.nodes.filter(canHear).map(({ name }) => name));
  const commands: Command[] = [];
  for (const record of question.records) {
    const { job, place } = record;
    if (place !== undefined && hearing.has(place.node) && mustSpawn(place, record, question)) {
      commands.push({ verb: 'spawn', node: place.node, body: { job, placeEpoch: place.placeEpoch } });
    }
  }
  for (const claim of question.claims.all) {
    const drainMs = hearing.has(claim.node.name) ? chooseStop(claim, question) : undefined;
    if (drainMs !== undefined) {
      const { job, placeEpoch } = claim.report;
      commands.push({ verb: 'stop', node: claim.node.name, body: { jobName: job.name, placeEpoch, drainMs } });
    }
  }
  return commands;
}

/** Nodes that have not seen our epoch yet. */
export function chooseGreetings(nodes: readonly KnownNode[], epoch: number): Command[] {
  return nodes
    .filter((node) => canHear(node) && node.heartbeat.maxEpoch < epoch)
    .map(({ name }) => ({ verb: 'inventory', node: name, body: {} }));
}

function canHear({ state }: KnownNode): boolean {
  return state === 'live' || state === 'draining';
}

function mustSpawn(place: Place, { job }: JobRecord, { claims, nowMs }: CommandQuestion): boolean {
  if (place.acceptedMs !== undefined) {
    return false;
  }
  const old = place.from === undefined ? undefined : claims.find(job.name, place.from)?.report;
  // What ends already will be gone in a moment; taking over from it now would only make it leave work undone.
  const waits = old !== undefined && judgeClaim(old) === 'works' && (endsFirst(job) || isDraining(old));
  return !waits || isOverdue(place, nowMs);
}

function endsFirst({ kind }: Job): boolean {
  return kind !== 'sink' && kind !== 'verifier';
}

function isDraining({ status }: ActorReport): boolean {
  return status.state === 'draining';
}

/** @returns the drain time when the actor is to be stopped, ms */
function chooseStop({ node, report }: Claim, question: CommandQuestion): number | undefined {
  const record = question.findRecord(report.job.name);
  if (record === undefined) {
    return DRAIN_MS; // nobody wants it any more
  }
  const { place, job } = record;
  if (place === undefined) {
    return 0; // given up, and not placed anew yet
  }
  if (node.name === place.node) {
    return undefined; // it is the one, or the spawn that is under way replaces it
  }
  const isMovingAway = place.from?.node === node.name && place.from.placeEpoch === report.placeEpoch;
  if (!isMovingAway) {
    return 0; // it woke up after its job was placed elsewhere
  }
  const next = question.claims.find(job.name, place);
  const mayEnd = endsFirst(job) || isOverdue(place, question.nowMs) || (next && hasTakenOver(next.report));
  return mayEnd ? DRAIN_MS : undefined;
}

function isOverdue(place: Place, nowMs: number): boolean {
  return nowMs - place.placedMs >= MOVE_DEADLINE_MS;
}
