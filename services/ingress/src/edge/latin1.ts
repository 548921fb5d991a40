const replaced = /\ufffd/;
const beyondAscii = /[^\t\x20-\x7e]/;

/**
 * Field values that were decoded as UTF-8, as one char a byte. `undefined` if one was not UTF-8, so that its bytes are
 * lost.
 */
export function toLatin1(headers: readonly string[]): string[] | undefined {
  const encoded: string[] = [];
  for (const text of headers) {
    if (replaced.test(text)) return undefined;
    encoded.push(beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text);
  }
  return encoded;
}
