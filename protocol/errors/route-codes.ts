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
  ERG_2003: {
    class: 'row',
    meaning: 'The shard map does not list the shard key of a change.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Add the key to shardOf, or name otherShard; then repair the rows of the findings.',
  },
  ERG_2004: {
    class: 'row',
    meaning:
      'A look-up answered with something that is no shard key: NULL, or another kind of value than the shard map takes.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Look at the row that the resolver reads, and at shardBy of the target.',
  },
  ERG_2005: {
    class: 'row',
    meaning: 'A look-up that has one answer found several different ones.',
    system: 'Stores a finding; the partition goes on. None of the answers is taken.',
    operator: 'Mend the rows that the resolver reads, or name a resolver that answers with many.',
  },
  ERG_2006: {
    class: 'row',
    meaning: 'The value of a column of columnReplace could not be found.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Look at the finding; choose whenMissing null or keep where having no value is right.',
  },
  ERG_2007: {
    class: 'row',
    meaning: 'A look-up got no answer for as long as lookups.giveUpAfter allows.',
    system: 'Stores a finding; the partition goes on.',
    operator: 'Look at the database that is asked; the message repeats the last failure.',
  },
  ERG_2008: {
    class: 'row',
    meaning: 'A column of columnReplace is part of the primary key of its target table.',
    system: 'Stores a finding for each change of the table; other tables go on.',
    operator: 'Fill another column: the row of a change must be known by what the change itself carries.',
  },
  ERG_2101: {
    class: 'transient',
    meaning: 'A look-up, or a reading of rows, in the source database got no answer in time, or its breaker is open.',
    system:
      'A change waits and the look-up is tried again, for as long as lookups.giveUpAfter; rows that were to be compared are taken for neither right nor wrong. While the breaker is open all of it is refused at once.',
    operator: 'Nothing while it heals by itself; otherwise look at the source database.',
  },
  ERG_2102: {
    class: 'configuration',
    meaning: 'The settings name a resolver that does not exist, or one that does not fit its place.',
    system: 'The settings are refused; the message lists the resolvers that exist.',
    operator: 'Mend the name in the settings.',
  },
  ERG_2103: {
    class: 'configuration',
    meaning:
      'The source database refuses a look-up, or a reading of rows: log-in, rights, or a table or column that does not exist.',
    system:
      'An actor that looks up stops; rows that were to be compared are taken for neither right nor wrong. The message repeats the answer of the server.',
    operator: 'Mend the rights or the table that the message names.',
  },
  ERG_2104: {
    class: 'row',
    meaning: 'A resolver failed by itself: it threw, or made of a row what is no answer.',
    system: 'The changes of the batch are looked up one record at a time; those that fail again become findings.',
    operator: 'Report it, with the name of the resolver.',
  },
  ERG_2105: {
    class: 'configuration',
    meaning: 'The shard map names a shard that the target does not have.',
    system: 'The actor does not start.',
    operator: 'Run ergate config validate: it says where the name stands.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
