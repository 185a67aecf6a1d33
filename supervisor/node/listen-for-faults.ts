import type { FaultSwitch } from '../../actors/runtime/fault-switch.ts';
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { readFaultOrder } from '../../protocol/message/fault-order.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';

export interface FaultListenerParts {
  readonly environment: string;
  readonly bus: MessageBus;
  readonly faults: Pick<FaultSwitch, 'set'>;
  readonly logger: Logger;
}

/** Switches faults on and off as they are ordered. Where real data is, every order is refused and logged. */
export function listenForFaults({ environment, bus, faults, logger }: FaultListenerParts): Disposable {
  return bus.listen(buildSubjects(environment).faultOrders, ({ body, sender }) => {
    try {
      const { fault, forMs, by } = readFaultOrder(body);
      faults.set(fault, forMs);
      logger.event('node.fault.set', { fault, forMs, by });
    } catch (error) {
      logger.event('node.fault.refused', { sender, reason: asReplicationError(error).message });
    }
  });
}
