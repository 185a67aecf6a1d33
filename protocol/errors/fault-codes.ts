import type { CodeInfo } from './code-info.ts';

export const faultCodes = {
  ERG_6201: {
    class: 'transient',
    meaning: 'A statement for a source failed because the fault sourceBoom is switched on.',
    system: 'As for any source that does not answer; the statement was not sent.',
    operator: 'Switch it off: ergate fault off sourceBoom, or faults in the settings.',
  },
  ERG_6202: {
    class: 'transient',
    meaning: 'A statement for a target failed because the fault targetBoom is switched on.',
    system: 'As for any target that does not answer; the statement was not sent.',
    operator: 'Switch it off: ergate fault off targetBoom, or faults in the settings.',
  },
  ERG_6203: {
    class: 'configuration',
    meaning: 'A fault was to be switched on where real data is.',
    system: 'It is refused.',
    operator: 'Use another environment: faults are for trying things out.',
  },
  ERG_6204: {
    class: 'transient',
    meaning: 'A fault is switched on.',
    system: 'Statements fail on purpose; a fault of an order ends by itself.',
    operator: 'Switch it off: ergate fault off.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
