import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * A whole text file, UTF-8, with or without byte order mark. Pipes are files too: secrets are handed over in them.
 *
 * @throws Error that says what is wrong, without any content
 */
export function readTextFile(path: string, maxBytes: number): string {
  const bytes = readBytes(path, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('a file that is not UTF-8 text', { cause: error });
  }
}

function readBytes(path: string, maxBytes: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (!stat.isFile() && !stat.isFIFO()) {
      throw new Error('a directory or device');
    }
    return readUpTo(file, maxBytes);
  } catch (error) {
    throw new Error(describeFailure(error), { cause: error });
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}

/** The size that a file claims says nothing about a pipe, and 0 about many others. */
function readUpTo(file: number, maxBytes: number): Buffer {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(file, bytes, length, bytes.length - length, null);
  }
  if (length > maxBytes) {
    throw new Error(`a file of more than ${maxBytes} bytes`);
  }
  return bytes.subarray(0, length);
}

function describeFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'no file of that name';
    case 'EACCES':
      return 'a file that may not be read';
    case undefined:
      return error instanceof Error ? error.message : String(error);
    default:
      return `a file that cannot be read (${code})`;
  }
}
