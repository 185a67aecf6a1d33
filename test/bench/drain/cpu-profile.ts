/** Where the time goes: self time of a V8 CPU profile by part of the flow. */
import { readFileSync } from 'node:fs';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** First match wins. */
const PARTS: readonly (readonly [name: string, matches: RegExp])[] = [
  ['decode', /\/protocol\/change\//],
  ['route, fold', /\/actors\/route\//],
  ['lanes, batches', /\/actors\/sink\//],
  ['plan', /\/actors\/target\/|\/actors\/catalog\//],
  ['read, compare rows', /\/actors\/row\//],
  ['verifier', /\/actors\/verifier\//],
  ['stream, ledger', /\/actors\/stream\//],
  ['driver', /\/node_modules\/(mysql2|sqlstring|sql-escaper|lru\.min)\//],
  ['kafkajs', /\/node_modules\/(kafkajs|snappy|lz4-napi|long)\//],
  ['benchmark writer', /\/test\/bench\//],
  ['node', /^node:/],
];

const IDLE = new Set(['(idle)', '(root)']);

export interface ProfilePart {
  readonly part: string;
  readonly ms: number;
  readonly share: number;
}

/** Busy time by part, most first; idle time is left out. */
export function summariseProfile(file: string): ProfilePart[] {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile; // written by V8
  const partOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, choosePart(callFrame)]));
  const msByPart = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const part = partOf.get(id);
    if (part !== undefined) {
      msByPart.set(part, (msByPart.get(part) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1_000);
    }
  }
  const total = [...msByPart.values()].reduce((sum, ms) => sum + ms, 0);
  return [...msByPart].map(([part, ms]) => ({ part, ms, share: ms / total })).sort((left, right) => right.ms - left.ms);
}

function choosePart({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (IDLE.has(functionName)) {
    return undefined;
  }
  if (functionName === '(garbage collector)') {
    return 'garbage collector';
  }
  if (url === '') {
    return 'native code'; // JSON.parse, Buffer and RegExp internals, sockets
  }
  return PARTS.find(([, matches]) => matches.test(url))?.[0] ?? 'other';
}
