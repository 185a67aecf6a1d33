import { readFileSync, statSync } from 'node:fs';

/**
 * A whole text file, UTF-8, with or without byte order mark.
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
  let bytes: Buffer;
  try {
    const { size, ...stat } = describeFile(path);
    if (!stat.isFile) {
      throw new Error('a directory or device');
    }
    if (size > maxBytes) {
      throw new Error(`a file of ${size} bytes, more than ${maxBytes}`);
    }
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(describeFailure(error), { cause: error });
  }
  return bytes;
}

function describeFile(path: string): { readonly isFile: boolean; readonly size: number } {
  const stat = statSync(path);
  return { isFile: stat.isFile() || stat.isFIFO(), size: stat.size };
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
