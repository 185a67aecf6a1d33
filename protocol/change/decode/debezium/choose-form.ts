/** From the type that a schema part gives a column to how its values are written. */
import { type ColumnForm, getColumnForm } from '../column-form.ts';
import { buildDecimalConversion, keepBase64 } from '../convert-bytes.ts';

/** A column as the schema part has it. */
export interface SchemaField {
  readonly type: string;
  /** What the type stands for. */
  readonly name: string | undefined;
  readonly scale: string | undefined;
  /** "BIGINT UNSIGNED", when the connector was told to send it along. */
  readonly sourceType: string | undefined;
}

const FORM_BY_NAME: ReadonlyMap<string, string> = new Map([
  ['io.debezium.time.Date', 'date'],
  ['io.debezium.time.Time', 'time-ms'],
  ['io.debezium.time.MicroTime', 'time-us'],
  ['io.debezium.time.NanoTime', 'time-ns'],
  ['io.debezium.time.Timestamp', 'datetime-ms'],
  ['io.debezium.time.MicroTimestamp', 'datetime-us'],
  ['io.debezium.time.NanoTimestamp', 'datetime-ns'],
  ['io.debezium.time.ZonedTimestamp', 'zoned'],
  ['io.debezium.time.IsoDate', 'iso-date'],
  ['io.debezium.time.IsoTime', 'iso-time'],
  ['io.debezium.time.IsoTimestamp', 'zoned'],
  ['io.debezium.time.Year', 'plain'],
  ['io.debezium.data.Bits', 'bits'],
  ['io.debezium.data.Enum', 'enum'],
  ['io.debezium.data.EnumSet', 'plain'],
  ['io.debezium.data.Json', 'plain'],
  ['io.debezium.data.Uuid', 'plain'],
  ['io.debezium.data.Xml', 'plain'],
  // Refused by the target as long as it has no such columns.
  ['io.debezium.data.geometry.Geometry', 'plain'],
  ['io.debezium.data.geometry.Point', 'plain'],
  ['org.apache.kafka.connect.data.Date', 'date'],
  ['org.apache.kafka.connect.data.Time', 'time-ms'],
  ['org.apache.kafka.connect.data.Timestamp', 'datetime-ms'],
]);

const DECIMAL = 'org.apache.kafka.connect.data.Decimal';
const MAX_SCALE = 38;
const PLAIN_TYPES: ReadonlySet<string> = new Set(['int8', 'int16', 'int32', 'float', 'boolean']);

/** Of columns at the source. */
const UNSIGNED = /^BIGINT.*UNSIGNED|^SERIAL/i;
const DECIMAL_TYPE = /^(DECIMAL|NUMERIC|DEC|FIXED)\b/i;
const BINARY_TYPE = /BINARY|BLOB/i;

/**
 * Undefined for what has no form that keeps every value.
 *
 * @param isBinary whether the column holds bytes where it is written to
 */
export function chooseForm(
  { type, name, scale, sourceType = '' }: SchemaField,
  isBinary: boolean,
): ColumnForm | undefined {
  if (name === DECIMAL) {
    return chooseDecimal(scale);
  }
  if (name !== undefined) {
    const form = FORM_BY_NAME.get(name);
    return form === undefined ? undefined : getColumnForm(form);
  }
  return chooseUnnamed(type, sourceType, isBinary);
}

function chooseUnnamed(type: string, sourceType: string, isBinary: boolean): ColumnForm | undefined {
  switch (type) {
    case 'bytes':
      return { name: 'base64', convert: keepBase64 };
    case 'int64':
      return getColumnForm(UNSIGNED.test(sourceType) ? 'unsigned' : 'plain');
    case 'double':
      return DECIMAL_TYPE.test(sourceType) ? undefined : getColumnForm('plain');
    case 'string':
      // Hexadecimal digits may read as base64, and the schema part does not say which of them it is.
      return isBinary || BINARY_TYPE.test(sourceType) ? undefined : getColumnForm('plain');
    default:
      return PLAIN_TYPES.has(type) ? getColumnForm('plain') : undefined;
  }
}

function chooseDecimal(scale: string | undefined): ColumnForm | undefined {
  const digits = scale !== undefined && /^\d{1,2}$/.test(scale) ? Number(scale) : Number.NaN;
  return digits <= MAX_SCALE ? { name: 'decimal', convert: buildDecimalConversion(digits) } : undefined;
}
