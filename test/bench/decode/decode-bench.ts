/**
 * node test/bench/decode/decode-bench.ts [rounds]
 *
 * What it costs to decode a change record, as a ratio to JSON.parse of its text, which loses digits and duplicate names and
 * checks nothing else. The contestants take turns in every round; the fastest round of each counts, because whatever else
 * runs on the machine can only make it slower.
 */
import { buildDecoder } from '../../../protocol/change/decode/build-decoder.ts';
import { buildCases, type DecodeCase } from './decode-case.ts';
import { parseExactly } from './parse-exactly.ts';

interface Contestant {
  readonly name: string;
  /** @returns something that depends on the record, so that no work can be left out */
  readonly decode: (value: Buffer) => number;
}

const plain: Contestant = {
  name: 'JSON.parse',
  decode: (value) => Object.keys(JSON.parse(value.toString())).length,
};

const exact: Contestant = {
  name: 'exact-number scan + JSON.parse',
  decode: (value) => Object.keys(parseExactly(value.toString())).length,
};

function ourDecoder(format: DecodeCase['format']): Contestant {
  const decoder = buildDecoder(
    {
      database: 'bench',
      topic: 'bench',
      format,
      topicEpoch: 0,
      startFrom: 'earliest',
      logEpoch: 0,
      columns: {},
      debezium: { withoutSchema: 'accept', truncate: 'finding' },
    },
    { isBinary: () => false, isWideBit: () => false },
  );
  return {
    name: `${format} decoder`,
    decode: (value) => {
      const decoded = decoder.decode(value);
      return decoded.kind === 'transaction' ? decoded.transaction.changes.length : 0;
    },
  };
}

/** A sink gets a cut record now and then; the decoder must not be slower ever after. */
function ourDecoderAfterFaults({ format, values }: DecodeCase): Contestant {
  const contestant = ourDecoder(format);
  const first = values[0] ?? Buffer.alloc(0);
  for (let length = 0; length < first.length; length++) {
    try {
      contestant.decode(first.subarray(0, length));
    } catch {
      // what is meant
    }
  }
  return { ...contestant, name: `${contestant.name}, after faults` };
}

/** @returns µs per record in the fastest round, in the order of the contestants */
function race(contestants: readonly Contestant[], values: readonly Buffer[], rounds: number): number[] {
  const best = contestants.map(() => Number.POSITIVE_INFINITY);
  let checksum = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, { decode }] of contestants.entries()) {
      const startMs = performance.now();
      for (const value of values) {
        checksum += decode(value);
      }
      const micros = ((performance.now() - startMs) * 1_000) / values.length;
      best[index] = Math.min(best[index] ?? micros, micros);
    }
  }
  if (checksum === 0) {
    throw new Error('nothing was decoded');
  }
  return best;
}

function show(decodeCase: DecodeCase, rounds: number): void {
  const { name, format, values, payloads } = decodeCase;
  const contestants = [plain, exact, ourDecoder(format), ourDecoderAfterFaults(decodeCase)];
  const micros = race(contestants, values, rounds);
  if (payloads !== undefined) {
    contestants.push({ ...plain, name: 'JSON.parse of the payloads alone' });
    micros.push(...race([plain], payloads, rounds));
  }
  const bytes = values.reduce((sum, value) => sum + value.length, 0) / values.length;
  console.log(`${name}, ${Math.round(bytes)} bytes`);
  for (const [index, contestant] of contestants.entries()) {
    const own = micros[index] ?? Number.NaN;
    const ratio = own / (micros[0] ?? Number.NaN);
    console.log(`  ${contestant.name.padEnd(32)} ${own.toFixed(2).padStart(7)} µs  ${ratio.toFixed(2)} ×`);
  }
}

const rounds = Number(process.argv[2] ?? 60);
for (const decodeCase of buildCases()) {
  show(decodeCase, rounds);
}
