import type { ProducedRecord } from './change-producer.ts';

export interface RequestLimits {
  readonly maxBytes: number;
  readonly maxRecords: number;
}

/** Of a record in a batch beside its key and value: lengths, offset and time deltas; rounded up. */
const OVERHEAD_BYTES = 40;

/** The records in requests below the limits, in their order; a record above the limit stands alone. */
export function splitRequests(
  records: readonly ProducedRecord[],
  { maxBytes, maxRecords }: RequestLimits,
): readonly (readonly ProducedRecord[])[] {
  const requests: ProducedRecord[][] = [];
  let request: ProducedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(record.key) + record.value.length + OVERHEAD_BYTES;
    if (request.length > 0 && (bytes + size > maxBytes || request.length >= maxRecords)) {
      requests.push(request);
      request = [];
      bytes = 0;
    }
    request.push(record);
    bytes += size;
  }
  if (request.length > 0) {
    requests.push(request);
  }
  return requests;
}

/**
 * What the broker refused as too large, in smaller requests; a single record comes back alone.
 *
 * First by partition, and only then in halves: the broker may have written the other partitions of the request, and
 * knows them again only by the same records under the same sequence numbers.
 */
export function splitRefused(request: readonly ProducedRecord[]): readonly (readonly ProducedRecord[])[] {
  const partitions = new Map<number, ProducedRecord[]>();
  for (const record of request) {
    const known = partitions.get(record.partition);
    if (known === undefined) {
      partitions.set(record.partition, [record]);
    } else {
      known.push(record);
    }
  }
  if (partitions.size > 1 || request.length < 2) {
    return [...partitions.values()];
  }
  const half = request.length >>> 1;
  return [request.slice(0, half), request.slice(half)];
}
