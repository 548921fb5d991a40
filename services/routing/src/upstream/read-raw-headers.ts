/**
 * Turns undici's raw header fields (name, value, name, value …) into latin1 strings with lower-case names. `chunk` is the
 * piece of input that undici parsed last: a head that lies in it as a whole, as most do, is decoded at once.
 */
export function readRawHeaders(raw: readonly Buffer[], chunk?: Buffer): string[] {
  const headers: string[] = [];
  const first = raw[0];
  const last = raw[raw.length - 1];
  if (first === undefined || last === undefined) return headers;

  // Fields are parsed in order, and one that spans two chunks is copied: if the first lies in the last chunk, all do.
  if (chunk === undefined || first.buffer !== chunk.buffer || !liesWithin(first, chunk)) {
    for (let i = 0; i < raw.length; i += 2) {
      headers.push(raw[i]!.toString('latin1').toLowerCase(), raw[i + 1]!.toString('latin1'));
    }
    return headers;
  }
  const start = first.byteOffset;
  const text = chunk.toString('latin1', start - chunk.byteOffset, last.byteOffset + last.length - chunk.byteOffset);
  const lowered = text.toLowerCase();
  for (let i = 0; i < raw.length; i++) {
    const from = raw[i]!.byteOffset - start;
    headers.push(((i & 1) === 0 ? lowered : text).slice(from, from + raw[i]!.length));
  }
  return headers;
}

function liesWithin(field: Buffer, chunk: Buffer): boolean {
  return field.byteOffset >= chunk.byteOffset && field.byteOffset + field.length <= chunk.byteOffset + chunk.length;
}
