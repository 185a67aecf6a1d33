import type { CodeInfo } from './code-info.ts';

export const supervisionCodes = {
  ERG_6001: {
    class: 'fenced',
    meaning: 'A command came from a supervisor older than one already seen.',
    system: 'The command is refused; the older supervisor stops acting.',
    operator:
      'End the supervisor that does not act, and check why two ran. If there is only one, the state database lost its leader epoch: raise the row leader-epoch of ergate_counter above the epoch that the message names, then restart the supervisor.',
  },
  ERG_6002: {
    class: 'transient',
    meaning: 'A job has no node that it can run on.',
    system: 'It is placed as soon as a node is live that it has not failed on.',
    operator: 'Start a node (ergate node --node <name>), or mend what the job failed by.',
  },
  ERG_6003: {
    class: 'transient',
    meaning:
      'More than half of the nodes fell silent at once, so it is likely that the supervisor is cut off, not they.',
    system:
      'Their actors stay where they are until the nodes are heard again; after 30 s they are placed on what is left.',
    operator: 'Look at NATS and the network between the supervisor and the nodes.',
  },
  ERG_6004: {
    class: 'configuration',
    meaning: 'A job failed on every node that it was tried on.',
    system:
      'It is quarantined and tried again after a pause that doubles from one minute to one hour; other jobs go on.',
    operator: 'Mend what its reason names; a restart of the supervisor tries it at once.',
  },
  ERG_6005: {
    class: 'transient',
    meaning: 'A node has not been heard for too long.',
    system: 'Its actors are placed on other nodes; it is fenced, and gets its share again when it comes back.',
    operator: 'Look at the process and the log of the node.',
  },
  ERG_6006: {
    class: 'configuration',
    meaning: 'Two processes run under the name of one node.',
    system: 'The one that started later counts, the older one is ignored.',
    operator: 'End one of them, or give it a name of its own.',
  },
  ERG_6007: {
    class: 'transient',
    meaning: 'A node did not accept a command.',
    system: 'The command is sent again; a job that a node refuses three times is placed on another one.',
    operator: 'Nothing while it heals by itself; otherwise look at the log of the node.',
  },
  ERG_6008: {
    class: 'transient',
    meaning: 'The supervisor does not answer.',
    system: 'Replication goes on without it; nothing is placed or moved until it is back.',
    operator: 'Start it (ergate supervisor), and check that NATS runs and that the environment is the same.',
  },
  ERG_6009: {
    class: 'expected',
    meaning: 'The status does not fit into one message.',
    system: 'The details of the actors are left out of it.',
    operator: 'Nothing.',
  },
  ERG_6010: {
    class: 'bug',
    meaning: 'An actor did not end in time after it was told to.',
    system: 'It is not started again on this node; the supervisor places it elsewhere, with a place that fences it.',
    operator: 'Restart the node when it is convenient, and report it with the log lines around it.',
  },
  ERG_6011: {
    class: 'transient',
    meaning: 'A node was given a job that its settings do not have.',
    system: 'The node gives it up after its restart budget, and the supervisor places it on another one.',
    operator: 'Give all nodes and the supervisor the same settings; restart the node that has older ones.',
  },
  ERG_6021: {
    class: 'row',
    meaning: 'Rows at a target were found wrong, and their cases are open.',
    system: 'With recovery.mode repair, confirmed ones are repaired and closed after another look; others wait.',
    operator:
      'Nothing while the number falls. Look at those that are quarantined or held: ergate case list. With recovery.mode observe nothing is written.',
  },
  ERG_6022: {
    class: 'transient',
    meaning: 'Changes could not be verified for a long time, or can never be.',
    system:
      'They are kept as an unverified range and verified when their shard can be read; those that are gone from the stream (ERG_4001), or were not meant to be read (ERG_4002), stay until a person gives them up.',
    operator:
      'Look at the reason that the message names. What nobody reads again: sweep the tables (ergate verify run), then ergate verify give-up.',
  },
  ERG_6023: {
    class: 'transient',
    meaning: 'A verifier is far behind.',
    system: 'It reads on; what it has not reached is not verified.',
    operator:
      'Look at its job (ergate job get): is its sink behind, a target slow, a node overloaded? More concurrency, another node or a read replica help.',
  },
  ERG_6024: {
    class: 'configuration',
    meaning: 'So many rows of a table were found wrong that its automatic repair was stopped.',
    system:
      'Cases are stored and no row of the table is written by itself until the incident is closed; then those that wait are.',
    operator:
      'Find out what happened to the table before anything is repaired; then close the incident, or plan a run (ergate recover).',
  },
  ERG_6025: {
    class: 'transient',
    meaning: 'A pipeline is to be verified, and some of its verification does not run.',
    system: 'Replication goes on; nothing counts as verified meanwhile.',
    operator: 'Look at the job that the message names: ergate status, ergate job get.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
