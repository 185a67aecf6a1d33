/** An integer of up to 64 bits in canonical decimal text; undefined for anything else. */
export function readIntegerKey(text: string): string | undefined {
  const match = /^(-?)0*(\d{1,20})$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign = '', digits = ''] = match;
  return digits === '0' ? '0' : sign + digits;
}
