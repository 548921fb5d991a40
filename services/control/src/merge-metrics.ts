/** Puts several texts in Prometheus' format together, so that each metric has its HELP and TYPE once (as the format asks). */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, { readonly header: string[]; readonly samples: string[] }>();
  for (const text of texts) {
    let family: { readonly header: string[]; readonly samples: string[] } | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (name === undefined) {
        family?.samples.push(line);
        continue;
      }
      family = families.get(name) ?? { header: [], samples: [] };
      families.set(name, family);
      const kind = line.slice(0, 6);
      if (!family.header.some((known) => known.startsWith(kind))) family.header.push(line);
    }
  }
  const blocks = [...families.values()].map(({ header, samples }) => [...header, ...samples].join('\n'));
  return blocks.join('\n\n') + '\n';
}
