/** Values in statements to our own tables. Hexadecimal, so that no escaping can go wrong. */
export function textLiteral(text: string): string {
  return text === '' ? "''" : `_utf8mb4 x'${Buffer.from(text.toWellFormed(), 'utf8').toString('hex')}'`;
}

export function nullableText(text: string | undefined): string {
  return text === undefined ? 'NULL' : textLiteral(text);
}

/** As base64: a third longer than the bytes where hexadecimal doubles them, and a packet has a limit. */
export function bytesLiteral(bytes: Buffer | null): string {
  return bytes === null ? 'NULL' : `FROM_BASE64('${bytes.toString('base64')}')`;
}
