/** A text that was cut out of a record keeps the whole record in memory; what is kept for longer is copied. */
export function copyText(text: string): string {
  return Buffer.from(text).toString();
}
