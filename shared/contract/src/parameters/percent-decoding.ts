/** Text that is not what its place requires, with what to tell the caller. */
export class Malformed {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const malformedPercent = new Malformed('is not valid percent-encoding of UTF-8');

/** Undoes percent-encoding (RFC 3986 §2.1). */
export function decodePercent(text: string): string | Malformed {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return malformedPercent;
  }
}

/** As `decodePercent`, with `+` for a space, as forms write it (WHATWG URL §5.1). */
export function decodeQueryText(text: string): string | Malformed {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Header fields carry text as it is. */
export function keepText(text: string): string {
  return text;
}

export type DecodeText = (text: string) => string | Malformed;
