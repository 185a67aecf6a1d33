/** The declarations of the language do not know the third argument yet. */
type ExactParse = (
  text: string,
  revive: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

const isIn64Bits = (digits: string) => BigInt(digits) >= -(2n ** 63n) && BigInt(digits) < 2n ** 64n;

/**
 * One text for all documents of one value: integers of 64 bits by their digits, other numbers as doubles, names sorted.
 * MySQL sorts names and writes doubles in its own form.
 */
export function normalizeJson(document: string): string {
  return JSON.stringify(
    (JSON.parse as ExactParse)(document, (_, part, { source }) => {
      if (typeof part === 'number') {
        return source !== undefined && /^-?\d+$/.test(source) && isIn64Bits(source) ? `integer ${source}` : part;
      }
      const isObject = typeof part === 'object' && part !== null && !Array.isArray(part);
      return isObject ? Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)) : part;
    }),
  );
}
