/**
 * What a decoder on top of JSON.parse needs at least: numbers that a double cannot keep are put in quotes first. A regex
 * finds tokens that look like such numbers, and whether one stands in a string is decided by the quotes before it.
 */
const RISKY = /-?\d[\d.]{15,}|\.\d*0(?=[,}\]\s])|\d[eE][+-]?\d|-0(?=[,}\]\s])/g;
const TOKEN = /[-+.\dEe]/;

export function parseExactly(text: string): { readonly payloads: readonly unknown[] } {
  RISKY.lastIndex = 0;
  let quoted = '';
  let copied = 0;
  let at = 0;
  for (let match = RISKY.exec(text); match !== null; match = RISKY.exec(text)) {
    at = endOfStringAround(text, at, match.index);
    if (at > match.index) {
      RISKY.lastIndex = at;
      continue;
    }
    let start = match.index;
    let end = RISKY.lastIndex;
    while (TOKEN.test(text[start - 1] ?? '')) {
      start -= 1;
    }
    while (TOKEN.test(text[end] ?? '')) {
      end += 1;
    }
    quoted += `${text.slice(copied, start)}"${text.slice(start, end)}"`;
    copied = end;
    at = end;
    RISKY.lastIndex = end;
  }
  return JSON.parse(copied === 0 ? text : quoted + text.slice(copied));
}

/** @param from outside of strings @returns behind the string that holds `place`, or the end of the last one before it */
function endOfStringAround(text: string, from: number, place: number): number {
  let at = from;
  for (;;) {
    const open = text.indexOf('"', at);
    if (open < 0 || open > place) {
      return at;
    }
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) {
      close = text.indexOf('"', close + 1);
    }
    at = close + 1;
  }
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') {
    backslashes += 1;
  }
  return backslashes % 2 === 1;
}
