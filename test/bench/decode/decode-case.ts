import { DrainWorkload } from '../drain/drain-workload.ts';
import { buildForeignCases } from './foreign-case.ts';

export interface DecodeCase {
  readonly name: string;
  readonly format: 'ergate' | 'debezium' | 'maxwell';
  readonly values: readonly Buffer[];
  /** The payloads alone, when the records have a schema part. */
  readonly payloads?: readonly Buffer[];
}

const RECORDS = 3_000;
const SEED = 1;

/** Records of the drain benchmark, as they are and changed in what may make a difference. */
export function buildCases(): DecodeCase[] {
  const updates = listRecords('"op":"update"');
  const inserts = listRecords('"op":"insert"');
  const payloads = updates.map((record) => record.slice(record.indexOf('[') + 1, -2));
  const many = updates
    .slice(0, RECORDS / 20)
    .map((record, index) => record.replace(/\[.*\]/s, `[${payloads.slice(index * 20, index * 20 + 20).join()}]`));
  return [
    { name: 'update', format: 'ergate', values: toBytes(updates) },
    { name: 'update in ASCII without escapes', format: 'ergate', values: toBytes(updates.map(simplify)) },
    { name: 'update with long numbers', format: 'ergate', values: toBytes(updates.map(lengthenNumbers)) },
    {
      name: 'update with white space',
      format: 'ergate',
      values: toBytes(updates.map((text) => text.replaceAll('":', '": ').replaceAll(',"', ', "'))),
    },
    { name: 'insert', format: 'ergate', values: toBytes(inserts) },
    { name: '20 updates in one record', format: 'ergate', values: toBytes(many) },
    ...buildForeignCases(updates),
  ];
}

function listRecords(mark: string): string[] {
  const workload = new DrainWorkload(SEED, 1);
  const records: string[] = [];
  while (records.length < RECORDS) {
    const { value } = workload.next();
    if (value.includes(mark)) {
      records.push(value);
    }
  }
  return records;
}

/** One character per character, so that the sizes stay comparable. */
function simplify(text: string): string {
  return text.replace(/\\./g, '_').replace(/[^ -~]/g, 'x');
}

function lengthenNumbers(text: string): string {
  return text
    .replaceAll(/"seller_no":(\d+)/g, '"seller_no":7088992$1000')
    .replaceAll(/"quantity":(\d)/g, '"quantity":$1.10');
}

function toBytes(texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text));
}
