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
    meaning: 'A message over NATS cannot be read, or cannot be written as one.',
    system: 'It is counted, logged without its content, and dropped or answered POISON.',
    operator: 'Check that no other program uses the subjects of ergate, and that versions fit together.',
  },
  ERG_6104: {
    class: 'bug',
    meaning: 'A message is larger than NATS carries.',
    system: 'It is not sent; a request for it is answered FAILED.',
    operator: 'Check max_payload of the NATS servers: at least 1 MB is expected. Otherwise report it.',
  },
  ERG_6105: {
    class: 'configuration',
    meaning: 'The NATS server refuses the log-in, or the right to publish or to hear a subject.',
    system: 'It is tried again for ever; replication goes on without NATS.',
    operator: 'Give the user of this process the subjects below ergate.<environment>.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
