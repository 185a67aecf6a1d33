import type { CodeInfo } from './code-info.ts';

export const repairCodes = {
  ERG_5201: {
    class: 'row',
    meaning: 'A repair names a row that the pipeline does not have: its table, its shard, or its key is not known.',
    system: 'Nothing is read or written; the repair is refused.',
    operator:
      'Check the names. After a change of settings or of a key, close the case: its row is not replicated as it was.',
  },
  ERG_5202: {
    class: 'transient',
    meaning: 'A row cannot be repaired now: its shard or table is left out, or its lane cannot write.',
    system: 'The repair fails at once, and is asked for again later.',
    operator: 'Nothing for the repair; the status of the sink says what keeps it from writing.',
  },
  ERG_5203: {
    class: 'transient',
    meaning:
      'A repair was not done in time: its lane did not come to the row, or source or target did not answer, or the sink ended while it was written.',
    system: 'The lane goes on without it, and the repair is asked for again later.',
    operator:
      'Nothing while it heals by itself; otherwise look at what the lane, the source or the target is slow for.',
  },
  ERG_5204: {
    class: 'transient',
    meaning: 'The sink that owns a row is starting or ending.',
    system: 'The repair fails at once, and is asked for again later.',
    operator: 'Nothing.',
  },
  ERG_5205: {
    class: 'transient',
    meaning: 'A row is being changed at the source at this moment.',
    system: 'It is not written: a record of that change is on its way.',
    operator: 'Nothing.',
  },
  ERG_5206: {
    class: 'transient',
    meaning: 'A row of a table without version column cannot be repaired before a commit time of the stream is known.',
    system: 'The repair is asked for again later; the next change or heartbeat of the partition brings a time.',
    operator: 'Nothing; add ergate_seq to the table if that can be.',
  },
  ERG_5207: {
    class: 'configuration',
    meaning: 'A row cannot be repaired, because the table at the source has no index that enforces its key.',
    system: 'It is not written: whether a change of it is under way could only be told by locking the table.',
    operator: 'Give the table at the source a primary key, or repair the row by hand.',
  },
  ERG_5208: {
    class: 'configuration',
    meaning:
      'A sink was asked to damage a row that its settings do not reserve for canaries, or one that nothing can be changed in.',
    system: 'Nothing is written.',
    operator:
      'Check that supervisor and nodes have the same settings, and that the reserved rows have columns beside their key.',
  },
  ERG_5209: {
    class: 'transient',
    meaning: 'A sink was asked to repair a row whose changes are in another partition than its own.',
    system:
      'It is not written: the row would get a version that its changes do not count by. Recovery looks at it again, and moves its case.',
    operator: 'Nothing; a forced sync is given once more.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
