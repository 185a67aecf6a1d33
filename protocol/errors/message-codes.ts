import type { CodeInfo } from './code-info.ts';

export const messageCodes = {
  ERG_6101: {
    class: 'transient',
    meaning: 'Nobody serves the subject that was asked.',
    system: 'The asker takes the other side for gone and looks again at the next heartbeat.',
    operator: 'Nothing while it heals by itself; otherwise check that the process runs and uses the same environment.',
  },
  ERG_6102: {
    class: 'transient',
    meaning: 'A request over NATS got no answer in time, or NATS cannot be reached.',
    system: 'Commands are repeated with the same id; replication goes on without NATS.',
    operator: 'Nothing while it heals by itself; otherwise look at the NATS servers.',
  },
  ERG_6103: {
    class: 'bug',
    meaning: 'A message over NATS cannot be read.',
    system: 'It is counted, logged without its content, and dropped or answered POISON.',
    operator: 'Check that no other program uses the subjects of ergate, and that versions fit together.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
