const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `5s`, `10m`, `1h`, `30d` in milliseconds; null for anything else. Whole numbers above zero only. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9]\d{0,14})(ms|s|m|h|d)$/.exec(text);
  if (!match) return null;
  const durationMs = Number(match[1]) * UNIT_MS[match[2]!]!;
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}
