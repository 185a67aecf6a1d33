import type { CodeInfo } from './code-info.ts';

const STORES_RECORD = 'Stores an opaque finding with the original bytes; the partition goes on.';
const STORES_PAYLOAD = 'Stores a finding with the original bytes; the other payloads of the record are applied.';
const FIND_PRODUCER = 'Find the producer that wrote it; re-sync the table if a change is missing.';
const RE_SYNC = 'Mend the producer at the place that the message names, then re-sync the rows of the finding.';

/** What can be wrong with the bytes of a change record. Messages name bytes, paths and column names, never values. */
export const decodeCodes = {
  ERG_1001: {
    class: 'row',
    meaning: 'The value of a change record has no bytes.',
    system: STORES_RECORD,
    operator: FIND_PRODUCER,
  },
  ERG_1002: {
    class: 'row',
    meaning: 'A change record is not strict JSON: cut off, trailing commas, comments, NaN, or no JSON at all.',
    system: STORES_RECORD,
    operator: FIND_PRODUCER,
  },
  ERG_1003: {
    class: 'row',
    meaning: 'A change record is in a binary format, such as Avro or Protobuf with a schema registry.',
    system: STORES_RECORD,
    operator: 'Make the producer write JSON, or name the right topic and format in the settings.',
  },
  ERG_1004: {
    class: 'row',
    meaning: 'A text is not valid Unicode: bytes that are not UTF-8, UTF-16, or half of a surrogate pair.',
    system: 'Stores a finding with the original bytes; only half a pair leaves the other payloads to be applied.',
    operator: 'Mend the character set of the producer, then re-sync the rows of the finding.',
  },
  ERG_1005: {
    class: 'row',
    meaning: 'A JSON object names a field twice, with different values for a column.',
    system: STORES_PAYLOAD,
    operator: RE_SYNC,
  },
  ERG_1006: {
    class: 'row',
    meaning: 'The JSON of a change record is nested too deeply.',
    system: STORES_RECORD,
    operator: 'Look at the finding; such a document is most likely an attack or a loop in the producer.',
  },
  ERG_1007: {
    class: 'row',
    meaning: 'A change record is larger than the limit.',
    system: STORES_RECORD,
    operator: 'Make the producer split its transactions; then re-sync the table.',
  },
  ERG_1008: {
    class: 'row',
    meaning: 'A row has more columns than a table can have.',
    system: STORES_PAYLOAD,
    operator: FIND_PRODUCER,
  },
  ERG_1009: {
    class: 'row',
    meaning: 'A change record has more payloads than the limit.',
    system: STORES_RECORD,
    operator: 'Make the producer split its transactions; then re-sync the table.',
  },
  ERG_1010: {
    class: 'row',
    meaning: 'A field of a change record is missing, or is not what the format says.',
    system:
      'Stores a finding with the original bytes; other payloads of the record are applied when the fault is in one.',
    operator: RE_SYNC,
  },
  ERG_1011: {
    class: 'row',
    meaning: 'The op of a payload is none that the format has; case counts.',
    system: STORES_PAYLOAD,
    operator: RE_SYNC,
  },
  ERG_1012: {
    class: 'row',
    meaning: 'The commit time of a record without a source position is missing or no time in milliseconds since 1970.',
    system: STORES_RECORD,
    operator: 'Make the producer write the commit time in the unit of its format; re-sync the rows of the finding.',
  },
  ERG_1013: {
    class: 'row',
    meaning: 'A table or column name is empty or contains NUL.',
    system: STORES_PAYLOAD,
    operator: RE_SYNC,
  },
  ERG_1014: {
    class: 'row',
    meaning: 'The source emptied a whole table (TRUNCATE); which rows that deletes at the target is not in the record.',
    system: 'Stores an opaque finding and deletes nothing; the partition goes on.',
    operator:
      'Empty the table at the target by hand if that is meant. To pass over such records, set source.debezium.truncate to ignore.',
  },
  ERG_1015: {
    class: 'row',
    meaning: 'The value of a column is not written as its schema part or the settings say.',
    system: STORES_RECORD,
    operator: 'Compare source.columns and the modes of the connector, then re-sync the rows of the finding.',
  },
  ERG_1016: {
    class: 'row',
    meaning: 'A change in the format debezium has no schema part, so that numbers may be dates and texts may be bytes.',
    system: STORES_RECORD,
    operator:
      'Set schemas.enable=true in the converter; or set source.debezium.withoutSchema to accept and name the columns that are not plain in source.columns.',
  },
  ERG_1017: {
    class: 'row',
    meaning:
      'A schema part gives a column a type whose values cannot be kept exactly, or a text for bytes, or none, or one that is not known.',
    system: STORES_RECORD,
    operator:
      'Choose another mode of the connector (decimal.handling.mode never double, binary.handling.mode bytes), or name the form in source.columns.',
  },
  ERG_1018: {
    class: 'configuration',
    meaning:
      'Records in a foreign format do not tell how the values of a column are written, and source.columns does not either.',
    system: 'The sink does not start and looks again; nothing is read, so that nothing is guessed.',
    operator: 'Name the form of each column that the message lists in source.columns, by what the capture is set to.',
  },
  ERG_1020: {
    class: 'configuration',
    meaning: 'An offset or a topic epoch is beyond what the version of a change can hold.',
    system: 'The actor stops; a version that wrapped would let old rows win.',
    operator:
      'Set topicEpoch to a whole number from 0 to 65535, higher than before; re-create the topic if its offsets ran out.',
  },
} as const satisfies Record<`ERG_${number}`, CodeInfo>;
