import type { CodeInfo } from './code-info.ts';

export const recoveryCodes = {
  ERG_5101: {
    class: 'fenced',
    meaning: 'A recovery actor of a newer place has taken over the cases of the partition.',
    system: 'The older one stops at once; what it was working on is looked at again by the newer one.',
    operator: 'Nothing; this is how a recovery actor moves.',
  },
  ERG_5102: {
    class: 'row',
    meaning: 'A row was repaired as often as it may be (maxAttempts), and is still wrong.',
    system: 'Its case is quarantined: looked at once a day, and closed when the row was right twice.',
    operator: 'Read the history of the case for the failures, mend their cause, then order a repair.',
  },
  ERG_5103: {
    class: 'configuration',
    meaning: 'The automatic repair of a table is stopped, because too many of its rows are wrong, or wrong in one way.',
    system:
      'Its cases are still stored, looked at and closed; those that are really wrong wait, and are repaired when the incident is closed.',
    operator:
      'Find out what makes so many rows wrong: a comparison, a mapping or somebody who writes the table. Then close the incident (ergate incident close).',
  },
  ERG_5104: {
    class: 'expected',
    meaning: 'A row is wrong, and its pipeline only observes.',
    system: 'It is looked at again, less and less often, and closed when it is right.',
    operator: 'Set verification.recovery.mode to repair, or order the repair of the case.',
  },
  ERG_5105: {
    class: 'configuration',
    meaning: 'A row of the target is not in the source, and may not be deleted by itself.',
    system:
      'Its case is quarantined; after deletesPerHour rows in an hour, or at once where that is 0. A repair that was ordered without deleting ends like this too.',
    operator:
      'Check that the source is complete. Then one person plans the repair of the case (ergate recover plan), and another runs it: ergate recover run --plan <id> --approve-deletes.',
  },
  ERG_5106: {
    class: 'row',
    meaning: 'A row was wrong again soon after its repair, three times in a row.',
    system: 'Its case is quarantined.',
    operator: 'Find who else writes the row at the target; the history of the case says which columns differ.',
  },
  ERG_5107: {
    class: 'transient',
    meaning: 'A row has changed at every look for a long time, so that nothing can be said about it.',
    system: 'It is looked at less often, for ever; each newer change of it is also verified.',
    operator: 'Nothing, unless the row should not change that often.',
  },
  ERG_5108: {
    class: 'configuration',
    meaning: 'An order does not fit the case: its state, its kind, or because it is closed.',
    system: 'The order is refused; the case stays as it is.',
    operator: 'Look at the case (ergate case get) and give the order that fits its state.',
  },
  ERG_5109: {
    class: 'transient',
    meaning: 'Whoever worked on a case ended before telling how it went.',
    system: 'It is looked at again; a repair that was under way counts as one.',
    operator: 'Nothing.',
  },
  ERG_5110: {
    class: 'row',
    meaning: 'The record of a case is not stored any more.',
    system: 'The case stays quarantined: nothing can be read from it.',
    operator: 'Compare the tables of the time in question (ergate verify run), then abandon the case.',
  },
  ERG_5111: {
    class: 'configuration',
    meaning: 'A row is wrong, and nothing tells in which partition its changes are: another program writes the stream.',
    system:
      'It is not repaired, not by order either: a sink that does not own the row could overwrite a newer change of it. Its case is quarantined until a change of the row tells its partition.',
    operator: 'Change the row at the source, so that its change brings it to the target; or abandon the case.',
  },
  ERG_5112: {
    class: 'row',
    meaning: 'The changes of a wrong row are in another partition than those of its case: its record key was changed.',
    system: 'The case goes to the recovery actor of that partition, which looks at the row at once.',
    operator: 'Nothing.',
  },
  ERG_5113: {
    class: 'configuration',
    meaning:
      'Something was ordered that writes a row of a pipeline with apply: false, whose target another tool writes.',
    system: 'The order is refused, and nothing is written; the case is looked at as before.',
    operator: 'Mend the row with the tool that writes it, or set apply to true: then the sinks of ergate write it.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
