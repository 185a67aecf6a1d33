import { CLOSE_OBJECT, OPEN_OBJECT, QUOTE } from './json-byte.ts';
import type { JsonScanner } from './json-scanner.ts';

/** Looks a column of an image up again. @param at where the image stands @param depth of containers around it */
export function isNumberToken(scanner: JsonScanner, at: number, depth: number, column: string): boolean {
  const back = scanner.position;
  try {
    scanner.position = at;
    scanner.expect(OPEN_OBJECT);
    do {
      const isFound = scanner.readName() === column;
      if (isFound) {
        return scanner.peek() !== QUOTE;
      }
      scanner.skipValue(depth + 1);
    } while (scanner.hasNext(CLOSE_OBJECT));
    return false;
  } finally {
    scanner.position = back;
  }
}
