import { printableLine } from './printable.js';
import type { Paint } from './paint.js';

const gap = '  ';

/** Columns side by side under their headings, each as wide as its widest cell. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const cells = rows.map((row) => row.map(printableLine));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === headings.length - 1 ? cell : cell.padEnd(widths[i]!)))
      .join(gap)
      .trimEnd();
  return [paint('bold', line(headings)), ...cells.map(line)].join('\n');
}
