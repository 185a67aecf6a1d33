import type { CodeInfo } from './code-info.ts';

export const sweepCodes = {
  ERG_4101: {
    class: 'configuration',
    meaning: 'A table cannot be swept: it is missing on a side, or has no primary key at the source.',
    system: 'It is passed over in this sweep, and never shown as clean; other tables are compared.',
    operator: 'Create the table, or give it a primary key; the next sweep takes it.',
  },
  ERG_4102: {
    class: 'transient',
    meaning:
      'Rows differ, and their changes may still be on the way: the capture or a sink is behind, or a shard is left out.',
    system:
      'The sweep waits until the sinks have passed all that was committed before the look; nothing is reported before.',
    operator: 'Nothing while it passes by itself; otherwise look at the capture and the sinks of the pipeline.',
  },
  ERG_4103: {
    class: 'configuration',
    meaning:
      'A sweep was ordered that cannot be carried out: an unknown table, a key range that does not fit its key, or no column that tells when rows changed.',
    system: 'The order is refused, or ends as failed with what is wrong.',
    operator: 'Order it anew; modifiedColumn of the table settings names the column for --since.',
  },
  ERG_4104: {
    class: 'expected',
    meaning: 'A sweep was stopped by hand, or taken over by a sweeper of a newer place.',
    system: 'The sweeper lets go of it at once, and looks for the next.',
    operator: 'Nothing.',
  },
  ERG_4105: {
    class: 'transient',
    meaning: 'Rows that are wrong cannot be told to the recovery actor of their partition.',
    system:
      'They are kept and told again; the sweep waits when too many are kept, and its progress does not pass them.',
    operator: 'Nothing while it heals by itself; otherwise look at the recovery actors of the pipeline.',
  },
  ERG_4106: {
    class: 'expected',
    meaning: 'Rows that only the target has were not looked for: nothing there tells their key at the source.',
    system: 'All other rows of the table were compared; the table is not shown as clean.',
    operator: 'Give the target table the columns of the primary key at the source.',
  },
  ERG_4107: {
    class: 'configuration',
    meaning:
      'A row was damaged on purpose, and that was not reported in time: the verification does not find what it should.',
    system:
      'The row is repaired, an incident is raised, and the next canary is tried. "No mismatch" is shown as unknown until one is found.',
    operator:
      'Take no verification of the pipeline for proof. Look at its sweeper, its recovery actors, and at what they wait for.',
  },
  ERG_4108: {
    class: 'configuration',
    meaning: 'No canary could be tried lately: no reserved row can be damaged now.',
    system: 'It is tried again; "no mismatch" is shown as unknown meanwhile.',
    operator:
      'Check that the reserved rows are at the source, that their cases are closed, and that the sink that owns them works.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
