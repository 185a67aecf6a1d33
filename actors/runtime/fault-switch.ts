/**
 * The faults of a process that are switched on. They act at one place: whoever opens connections to sources and targets
 * gives each server the hook of its role, which runs before every statement, those of a new session included.
 */
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type ActiveFault, allowsFaults, FAULTS, type Fault } from '../../protocol/message/fault-order.ts';
import type { MysqlServer } from './mysql-connection.ts';

export type ServerRole = 'source' | 'target';

const SLEEP_MS = 3_000;
const FAULT_OF: Readonly<Record<ServerRole, Fault>> = { source: 'sourceBoom', target: 'targetBoom' };
const CODE_OF = { source: 'ERG_6201', target: 'ERG_6202' } as const;

export interface FaultSwitchOptions {
  readonly environment: string;
  /** Of the settings. */
  readonly faults: Readonly<Partial<Record<Fault, boolean>>>;
  readonly clock: Clock;
}

export class FaultSwitch {
  readonly #options: FaultSwitchOptions;
  readonly #untilMs = new Map<Fault, number>();

  /** @throws ReplicationError ERG_6203 */
  constructor(options: FaultSwitchOptions) {
    this.#options = options;
    for (const fault of FAULTS.filter((one) => options.faults[one] === true)) {
      this.#assertAllowed();
      this.#untilMs.set(fault, Number.POSITIVE_INFINITY);
    }
  }

  /** @param forMs 0 switches it off @throws ReplicationError ERG_6203 */
  set(fault: Fault, forMs: number): void {
    this.#assertAllowed();
    this.#untilMs.set(fault, this.#options.clock.monotonicMs() + forMs);
  }

  list(): readonly ActiveFault[] {
    const { clock } = this.#options;
    return FAULTS.filter((fault) => this.#isOn(fault)).map((fault) => {
      const leftMs = (this.#untilMs.get(fault) ?? 0) - clock.monotonicMs();
      return { fault, untilMs: Number.isFinite(leftMs) ? Math.round(clock.wallMs() + leftMs) : undefined };
    });
  }

  /** The same server, whose statements fail while the fault of the role is on. Costs nothing where faults are not allowed. */
  wrap<Server extends MysqlServer>(server: Server, role: ServerRole): Server {
    return allowsFaults(this.#options.environment)
      ? { ...server, beforeStatement: () => (this.#isOn(FAULT_OF[role]) ? this.#fail(role) : undefined) }
      : server;
  }

  async #fail(role: ServerRole): Promise<never> {
    await new Promise<void>((resolve) => void this.#options.clock.after(SLEEP_MS, resolve));
    throw new ReplicationError(CODE_OF[role], `the fault ${FAULT_OF[role]} is switched on`);
  }

  #isOn(fault: Fault): boolean {
    return this.#options.clock.monotonicMs() < (this.#untilMs.get(fault) ?? 0);
  }

  #assertAllowed(): void {
    const { environment } = this.#options;
    if (!allowsFaults(environment)) {
      throw new ReplicationError('ERG_6203', `no fault is switched on in the environment ${environment}`);
    }
  }
}
