/** What verification and recovery are made of, with the steps of all that leaves their process or comes to it. */
import type { RecoveryDeps } from '../../../actors/recovery/recovery-deps.ts';
import type { MessageBus, OutgoingMessage } from '../../../actors/runtime/message-bus.ts';
import type { SinkDeps } from '../../../actors/sink/sink-deps.ts';
import type { CaseStore, CaseWrite } from '../../../actors/state/case-store.ts';
import type { VerifierDeps } from '../../../actors/verifier/verifier-deps.ts';
import { markCall, markPort, type NameCall } from './mark-port.ts';

export function markVerifier(deps: VerifierDeps): VerifierDeps {
  const { readSink } = deps;
  return {
    ...deps,
    openStream: (events, purpose) => {
      const name = nameBy(purpose === 'verifier' ? 'verifier.stream' : 'verifier.range-stream');
      return markPort(deps.openStream(markPort(events, name), purpose), name);
    },
    readSink: readSink && (() => markCall(['verifier.sink.read'], () => readSink())),
    readerOf: (shard) => markPort(deps.readerOf(shard), nameBy('verifier.target')),
    witness: markPort(deps.witness, nameBy('verifier.witness')),
    source: markPort(deps.source, nameBy('verifier.source')),
    marks: markPort(deps.marks, nameBy('verifier.marks')),
    ranges: markPort(deps.ranges, nameBy('verifier.ranges')),
    findings: markPort(deps.findings, nameBy('verifier.findings')),
    bus: markBus(deps.bus, 'verifier'),
  };
}

export function markRecovery(deps: RecoveryDeps): RecoveryDeps {
  return {
    ...deps,
    bus: markBus(deps.bus, 'recovery'),
    cases: markPort(deps.cases, nameCaseCall),
    witness: markPort(deps.witness, nameBy('recovery.witness')),
    records: markPort(deps.records, nameBy('recovery.records')),
  };
}

/** Of repairs only: a row is written, and whoever asked for it does not know yet. */
export function markSink(deps: SinkDeps): SinkDeps {
  return { ...deps, repair: deps.repair && { ...deps.repair, bus: markBus(deps.repair.bus, 'sink') } };
}

function nameBy(port: string): NameCall {
  return (method) => [`${port}.${method}`];
}

/** By what is asked, and what is answered. */
function markBus(bus: MessageBus, who: string): MessageBus {
  const serve: MessageBus['serve'] = (subject, handle) =>
    bus.serve(subject, (message) => markCall([`${who}.answer.${message.type}`], () => handle(message)));
  const request: MessageBus['request'] = (subject, message: OutgoingMessage, timeoutMs) =>
    markCall([`${who}.ask.${message.type}`], () => bus.request(subject, message, timeoutMs));
  const own: Readonly<Record<string, unknown>> = { serve, request };
  return new Proxy(bus, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      const bound: unknown = typeof member === 'function' ? member.bind(target) : member;
      return own[String(property)] ?? bound;
    },
  });
}

/** What becomes of a case is a step of its own for each way from state to state; so is what ends a finding or an order. */
function nameCaseCall(method: string, args: readonly unknown[]): readonly string[] {
  if (method !== ('write' satisfies keyof CaseStore)) {
    return [`recovery.cases.${method}`];
  }
  const [, writes] = args as Parameters<CaseStore['write']>; // those of the method
  return [...new Set(writes.map(nameWrite))];
}

function nameWrite(write: CaseWrite): string {
  if (write.finding !== undefined || write.orderId !== undefined) {
    return write.finding === undefined ? 'recovery.order.done' : 'recovery.finding.opened';
  }
  const from = write.kind === 'open' ? 'none' : write.before.state;
  return `recovery.case.${from}-${write.next.state}`;
}
