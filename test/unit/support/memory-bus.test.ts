import { systemClock } from '../../../protocol/clock.ts';
import { describeBusConnectionContract } from '../../contract/message-bus-connection-contract.ts';
import { describeBusRequestContract } from '../../contract/message-bus-request-contract.ts';
import type { BusUnderTest } from '../../support/bus-under-test.ts';
import { MemoryLogger } from '../../support/capture-rig.ts';
import { MemoryNetwork } from '../../support/memory-bus.ts';

describeBusRequestContract('in memory', startMemoryBuses);
describeBusConnectionContract('in memory', startMemoryBuses);

async function startMemoryBuses(): Promise<BusUnderTest> {
  const network = new MemoryNetwork(systemClock);
  return {
    open: async (name, logger = new MemoryLogger()) => network.open(name, logger),
    cutOff: async () => network.goDown(),
    bringBack: async () => network.comeUp(),
    requestRaw: (subject, bytes) => network.ask(subject, bytes, 5_000),
    publishRaw: async (subject, bytes) => {
      network.send(subject, bytes, () => {});
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...network.buses].map((bus) => bus.close()));
    },
  };
}
