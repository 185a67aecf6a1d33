const MARK = ' … ';

/** The text within `maxBytes` of UTF-8, its middle left out: the start says what happened, the end often where. */
export function cutMiddle(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) {
    return text;
  }
  const half = Math.floor((maxBytes - Buffer.byteLength(MARK)) / 2);
  const bytes = Buffer.from(text, 'utf8');
  // A character that the cut divides decodes to a replacement mark; both ends drop theirs.
  const head = bytes
    .subarray(0, half)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  const tail = bytes
    .subarray(bytes.length - half)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
  return head + MARK + tail;
}
