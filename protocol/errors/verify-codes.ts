import type { CodeInfo } from './code-info.ts';

export const verifyCodes = {
  ERG_4001: {
    class: 'configuration',
    meaning: 'Changes that were not verified yet are no longer on the broker.',
    system:
      'The verifier goes on behind them and keeps them as an unverified range; they are never counted as verified.',
    operator:
      'Sweep the tables of the pipeline, and lengthen the retention of the topic; then give the range up (ergate verify ranges, ergate verify give-up).',
  },
  ERG_4002: {
    class: 'configuration',
    meaning:
      'The verifier of a partition began where its sink was, or at the end where it has none, behind changes that nobody had verified.',
    system: 'They are kept as an unverified range and are not read.',
    operator:
      'Sweep the tables of the pipeline once; then give the range up (ergate verify ranges, ergate verify give-up).',
  },
  ERG_4003: {
    class: 'transient',
    meaning: 'Changes are of a shard or table that the sink has left out for now.',
    system: 'They are kept as an unverified range, and verified when the sink has made up for them.',
    operator: 'Look at why the sink left it out; nothing is to be done for the verifier.',
  },
  ERG_4004: {
    class: 'transient',
    meaning: 'It is not known how far the sink of the partition is.',
    system: 'The verifier waits: what the sink has not committed is not compared.',
    operator: 'Check that the sink of the partition has started.',
  },
  ERG_4005: {
    class: 'transient',
    meaning: 'Wrong rows could not be handed to the recovery actor of the partition.',
    system:
      'They are handed over again with back-off, for ever; no offset passes them, and the verifier takes no more than a bounded number.',
    operator: 'Nothing while it heals by itself; otherwise look at the recovery actor and at the state database.',
  },
  ERG_4006: {
    class: 'transient',
    meaning: 'Rows differ, and it is not proved yet that nothing of them is on its way.',
    system: 'The verifier waits until the capture and the sink have passed the moment at which they were seen.',
    operator: 'Look at the capture, or at the sink, that the message names.',
  },
  ERG_4007: {
    class: 'transient',
    meaning: 'The second reading of an unverified range did not come to its end.',
    system: 'It is read again with back-off; the range stays.',
    operator: 'Nothing while it heals by itself; otherwise look at the brokers.',
  },
  ERG_4008: {
    class: 'row',
    meaning:
      'The verifier cannot tell where a change belongs, although the sink has no finding of it: the sink has applied it, and what it looked up then is not there any more. With apply: false there is no sink that could have one.',
    system:
      'The change is kept as an unverified range and read again for an hour; after that it stays unverified, with an alert.',
    operator:
      'Look at the row that the message names, or sweep the table; then give the range up with ergate verify give-up.',
  },
  ERG_4009: {
    class: 'row',
    meaning:
      'A row at the target is newer than its changes, by a version that no change of it has. A repair gives such a version; anybody else must not.',
    system: 'The change before it is read again, and the row compared with the source.',
    operator: 'Nothing; a row that is wrong becomes a case.',
  },
  ERG_4010: {
    class: 'transient',
    meaning:
      'A change could not be verified because the circuit breaker of its shard was open (circuitOpened), and whenOpen: dead-letter has each such row reported.',
    system:
      'Its row has a case that nobody has looked at. Recovery looks at it when the breaker has closed, and closes the case when the row is right.',
    operator: 'Look at the shard; nothing is to be done for its rows.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
