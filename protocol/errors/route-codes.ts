import type { CodeInfo } from './code-info.ts';

export const routeCodes = {
  ERG_2001: {
    class: 'row',
    meaning: 'The shard key of a change could not be found.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Look at the finding; the row it needs may have been deleted at the source.',
  },
  ERG_2002: {
    class: 'row',
    meaning: 'The shard key of a change is missing, NULL or not an integer.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Look at the finding; name another shard key in the settings, or mend the row at the source.',
  },
  ERG_2101: {
    class: 'transient',
    meaning: 'A look-up in the source database got no answer in time, or its breaker is open.',
    system: 'The change waits and the look-up is tried again; while the breaker is open it is refused at once.',
    operator: 'Nothing while it heals by itself; otherwise look at the source database.',
  },
  ERG_2102: {
    class: 'configuration',
    meaning: 'The settings name a resolver that does not exist.',
    system: 'The actor does not start; the message lists the resolvers that exist.',
    operator: 'Mend the name in the settings.',
  },
  ERG_2103: {
    class: 'configuration',
    meaning: 'The source database refuses a look-up: log-in, rights, or a table or column that does not exist.',
    system: 'The actor stops and repeats the answer of the server.',
    operator: 'Mend the rights or the table that the message names.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
