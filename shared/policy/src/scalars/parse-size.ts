const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** `512B`, `16KiB`, `1MiB`, `2GiB` in bytes; null for anything else. Whole numbers only. */
export function parseSize(text: string): number | null {
  const match = /^(0|[1-9]\d{0,14})(B|KiB|MiB|GiB|TiB)$/.exec(text);
  if (!match) return null;
  const bytes = Number(match[1]) * UNIT_BYTES[match[2]!]!;
  return Number.isSafeInteger(bytes) ? bytes : null;
}
