import { DrainWorkload } from '../drain/drain-workload.ts';

export interface DecodeCase {
  readonly name: string;
  readonly values: readonly Buffer[];
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
    { name: 'update', values: toBytes(updates) },
    { name: 'update in ASCII without escapes', values: toBytes(updates.map(simplify)) },
    { name: 'update with long numbers', values: toBytes(updates.map(lengthenNumbers)) },
    {
      name: 'update with white space',
      values: toBytes(updates.map((text) => text.replaceAll('":', '": ').replaceAll(',"', ', "'))),
    },
    { name: 'insert', values: toBytes(inserts) },
    { name: '20 updates in one record', values: toBytes(many) },
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
