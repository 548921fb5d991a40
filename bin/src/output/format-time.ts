/** `2026-01-31T12:00:00Z`. */
export function formatInstant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Roughly, in the two largest units: `3d 4h`, `5m 2s`, `12s`. */
export function formatAge(ageMs: number): string {
  let seconds = Math.max(0, Math.round(ageMs / 1000));
  const parts: string[] = [];
  for (const [unit, size] of [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(seconds / size);
    if (count > 0) parts.push(`${count}${unit}`);
    seconds -= count * size;
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

/** `0.35 ms`, `12.4 ms`, `1.20 s`. */
export function formatMicroseconds(us: number): string {
  if (us >= 1_000_000) return `${(us / 1_000_000).toFixed(2)} s`;
  return `${(us / 1_000).toFixed(us >= 10_000 ? 1 : 2)} ms`;
}
