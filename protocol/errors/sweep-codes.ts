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
      'A row was damaged on purpose, and the sweep, or the verifier, as the message names it, did not report that in time.',
    system:
      'The row is repaired, an incident is raised, and the next canary is tried. "No mismatch" is shown as unknown until one is found by the same finder.',
    operator:
      'Take no verification of the pipeline for proof. Look at the finder that the message names, at the recovery actors, and at what they wait for.',
  },
  ERG_4108: {
    class: 'configuration',
    meaning:
      'No canary was found lately by the sweep, or by the verifier: none could be planted, or none could be judged.',
    system: 'It is tried again; "no mismatch" is shown as unknown meanwhile.',
    operator:
      'Check that the reserved rows are at the source, that their cases are closed, and that the sink that owns them works; for the verifier also what ERG_4109 says.',
  },
  ERG_4109: {
    class: 'expected',
    meaning:
      'A row was damaged on purpose, and whether it should have been found cannot be said: another write made it right, the verifier or the shard was away, or Kafka does not hold the record that wrote the row.',
    system: 'The row is repaired, and the next canary is tried. It counts neither as found nor as missed.',
    operator:
      'Nothing while it happens now and then. When the record is gone, or is not of the row: change the reserved rows at the source, once within the retention of the topic.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
