/** The values of a metric in texts of Prometheus' format, whatever their labels. */
export function readMetric(texts: readonly string[], name: string): number[] {
  const sample = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)`, 'gm');
  return texts.flatMap((text) => [...text.matchAll(sample)].map((match) => Number(match[1]))).filter((value) => Number.isFinite(value));
}
