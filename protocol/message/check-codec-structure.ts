/**
 * Looks over msgpack bytes before they are unpacked. An unpacker believes the lengths that it reads: five bytes that
 * announce an array of thirty million make it allocate hundreds of megabytes, and nesting goes down its call stack.
 * Extensions are refused, because some of them build objects of classes; only the one for undefined passes.
 */

/** Far deeper than any message of ours. */
const MAX_DEPTH = 32;
const UNDEFINED_EXTENSION = 0;

/** What follows a type byte: bytes of its own, bytes of a length or count, and what that counts. */
type Form =
  | { readonly is: 'fixed'; readonly bytes: number }
  | { readonly is: 'bytes' | 'array' | 'map'; readonly lengthBytes: 1 | 2 | 4 };

/** Type bytes from 0xc0 to 0xdf; what is missing is refused. */
const FORMS: Readonly<Record<number, Form>> = {
  192: fixed(0), // nil
  194: fixed(0), // false
  195: fixed(0), // true
  196: counted('bytes', 1),
  197: counted('bytes', 2),
  198: counted('bytes', 4),
  202: fixed(4), // float 32
  203: fixed(8), // float 64
  204: fixed(1), // uint 8 to 64
  205: fixed(2),
  206: fixed(4),
  207: fixed(8),
  208: fixed(1), // int 8 to 64
  209: fixed(2),
  210: fixed(4),
  211: fixed(8),
  217: counted('bytes', 1), // str 8 to 32
  218: counted('bytes', 2),
  219: counted('bytes', 4),
  220: counted('array', 2),
  221: counted('array', 4),
  222: counted('map', 2),
  223: counted('map', 4),
};
const FIXEXT_1 = 0xd4;

/** @returns what is wrong, or undefined when the bytes are exactly one value that is safe to unpack */
export function checkCodecStructure(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Values that are still to come, one count per level of nesting. */
  const awaited = [1];
  let position = 0;
  while (awaited.length > 0) {
    const left = awaited.pop() ?? 0;
    if (left === 0) {
      continue;
    }
    awaited.push(left - 1);
    const step = readStep(view, position);
    if (step === undefined) {
      return `not msgpack at byte ${position}`;
    }
    position = step.next;
    if (position + step.values > bytes.length) {
      return 'cut off';
    }
    if (step.values > 0 && awaited.push(step.values) > MAX_DEPTH) {
      return `nested deeper than ${MAX_DEPTH}`;
    }
  }
  return position === bytes.length ? undefined : 'bytes behind the message';
}

/** @returns where the next value begins and how many values lie inside this one; undefined when this is none */
function readStep(view: DataView, position: number): { next: number; values: number } | undefined {
  if (position >= view.byteLength) {
    return undefined;
  }
  const type = view.getUint8(position);
  const next = position + 1;
  if (type < 0x80 || type >= 0xe0) {
    return { next, values: 0 }; // a small integer
  }
  if (type < 0x90) {
    return { next, values: 2 * (type & 0x0f) };
  }
  if (type < 0xa0) {
    return { next, values: type & 0x0f };
  }
  if (type < 0xc0) {
    return { next: next + (type & 0x1f), values: 0 };
  }
  if (type === FIXEXT_1) {
    const isUndefined = next < view.byteLength && view.getUint8(next) === UNDEFINED_EXTENSION;
    return isUndefined ? { next: next + 2, values: 0 } : undefined;
  }
  const form = FORMS[type];
  return form === undefined ? undefined : readForm(view, next, form);
}

function readForm(view: DataView, at: number, form: Form): { next: number; values: number } | undefined {
  if (form.is === 'fixed') {
    return { next: at + form.bytes, values: 0 };
  }
  const next = at + form.lengthBytes;
  if (next > view.byteLength) {
    return undefined;
  }
  const length = readLength(view, at, form.lengthBytes);
  if (form.is === 'bytes') {
    return { next: next + length, values: 0 };
  }
  return { next, values: form.is === 'map' ? 2 * length : length };
}

function readLength(view: DataView, at: number, bytes: 1 | 2 | 4): number {
  if (bytes === 1) {
    return view.getUint8(at);
  }
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}

function fixed(bytes: number): Form {
  return { is: 'fixed', bytes };
}

function counted(is: 'bytes' | 'array' | 'map', lengthBytes: 1 | 2 | 4): Form {
  return { is, lengthBytes };
}
