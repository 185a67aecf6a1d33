import type { CodeInfo } from './code-info.ts';

export const streamCodes = {
  ERG_1201: {
    class: 'configuration',
    meaning: 'The committed offset of a partition that ran before is missing or out of range.',
    system: 'The sink stops before it reads, names the gap and waits; a start position is never guessed.',
    operator: 'Decide where to start, then re-sync what lies in the gap.',
  },
  ERG_1202: {
    class: 'configuration',
    meaning: 'Records that were not read yet are no longer on the broker.',
    system: 'The partition stops and names the offsets that are gone; nothing is skipped.',
    operator: 'Decide where to go on, re-sync the tables of the topic, and lengthen its retention.',
  },
  ERG_1203: {
    class: 'fenced',
    meaning: 'The partition belongs to an actor of a newer place, or another actor committed for it.',
    system: 'The older actor leaves the group at once and writes no more.',
    operator: 'Nothing; this is how a partition moves.',
  },
  ERG_1204: {
    class: 'transient',
    meaning: 'Kafka cannot be reached, or refused for a reason that may pass.',
    system: 'Connects anew with back-off, for ever; what was read is kept.',
    operator: 'Nothing while it heals by itself; otherwise look at the brokers.',
  },
  ERG_1205: {
    class: 'transient',
    meaning: 'An offset cannot be committed while the group rebalances or the stream reconnects.',
    system: 'The offset is committed later; after a crash the changes since the last commit are read again.',
    operator: 'Nothing.',
  },
  ERG_1206: {
    class: 'configuration',
    meaning: 'Kafka refuses what was asked: rights, log-in, or a setting it does not accept.',
    system: 'The actor stops and repeats the answer of the broker.',
    operator: 'Mend the rights or the setting that the message names.',
  },
  ERG_1207: {
    class: 'configuration',
    meaning:
      'A record batch cannot be read: it is damaged, a fetch begins with it and has less of it than it claims, or its format or compression is unknown or unpacks to too much.',
    system:
      'What stands in front of the batch is delivered; the partition is tried again, and stops there. Nothing is skipped.',
    operator:
      'Check the producer and the broker disk; decide whether to go on behind the batch and re-sync. Brokers before 0.10.1 cut off what is above 1 MiB: use newer ones.',
  },
  ERG_1208: {
    class: 'transient',
    meaning: 'The topic or the partition does not exist, or has no leader now.',
    system: 'Asks again with back-off; topics that a capture owns are created by the supervisor.',
    operator: 'Create the topic, or mend its name in the settings.',
  },
  ERG_1209: {
    class: 'configuration',
    meaning: 'A topic exists with another number of partitions than asked for.',
    system: 'The topic is left alone: a changed number would send the same key to another partition.',
    operator: 'Give the number that the topic has, or create a new topic and re-sync.',
  },
  ERG_1210: {
    class: 'configuration',
    meaning: 'A change record is larger than the broker accepts.',
    system: 'The producer refuses it before anything after it is written; the capture stops there.',
    operator: 'Raise message.max.bytes of the broker, max.message.bytes of the topic and the limit of the capture.',
  },
  ERG_1211: {
    class: 'transient',
    meaning: 'Change records could not be written, or it is not known whether they were.',
    system: 'The capture resumes from its checkpoint; repeated records carry the same source position.',
    operator: 'Nothing while it heals by itself; otherwise look at the brokers.',
  },
  ERG_1212: {
    class: 'bug',
    meaning: 'The Kafka client library is not the one that ergate was built for, or a codec does not work.',
    system: 'The process does not start.',
    operator: 'Install the locked versions (npm install) and report it.',
  },
  ERG_1213: {
    class: 'bug',
    meaning: 'The Kafka client delivered or was asked to commit an offset that does not follow the last one.',
    system: 'The stream ends; the actor starts again from the committed offset.',
    operator: 'Report it with the log lines around it.',
  },
  ERG_1216: {
    class: 'configuration',
    meaning: 'Records that a shard or table that was left out still lacks are no longer on the broker.',
    system: 'The shard or table stays left out, and the status says so; all others go on.',
    operator: 'Re-sync it from the source, then let it go on from a place that the broker has; lengthen the retention.',
  },
  ERG_1217: {
    class: 'configuration',
    meaning: 'What was noted beside a committed offset about left-out shards and tables cannot be read.',
    system: 'The sink does not start: it would forget what is missing at the target.',
    operator: 'Commit the offset again with the note as it was, or with none and re-sync what was left out.',
  },
  ERG_1218: {
    class: 'configuration',
    meaning: 'The offset of a partition was committed under a higher topicEpoch than the settings have.',
    system: 'Nothing is read: versions of the lower epoch would be older than those of the rows.',
    operator: 'Raise topicEpoch in the settings to what the message names, or commit an offset by hand.',
  },
  ERG_1219: {
    class: 'configuration',
    meaning:
      'The topic was created anew while shards or tables were left out: what they lack was in the topic that is gone.',
    system: 'The sink does not start; the verifier and sweeps of the partition wait.',
    operator:
      'Set the group of the sink to offset 0 by hand, start it, and sweep the tables that the message names, or bring them over again.',
  },
  ERG_1220: {
    class: 'transient',
    meaning: 'Kafka says that a partition has records from an offset on, and gives none of them.',
    system: 'Connects anew and asks again with back-off; nothing is skipped.',
    operator:
      'If it stays, the files of the partition are damaged on the broker that leads it: check them (kafka-dump-log), let another replica lead, or go on behind the damage and re-sync.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
