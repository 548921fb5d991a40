import type { Paint } from '../output/paint.js';
import { printable } from '../output/printable.js';
import { diffLines, type LineEdit } from './diff-lines.js';

const contextLines = 3;

/** A unified diff as `diff -u` makes it; empty when the texts are the same. */
export function renderUnified(names: readonly [string, string], before: string, after: string, paint: Paint): string {
  const hunks = findHunks(diffLines(linesOf(before), linesOf(after)));
  if (hunks.length === 0) return '';
  const lines = hunks.flatMap(({ header, edits }) => [paint('cyan', header), ...edits.map((edit) => paintEdit(edit, paint))]);
  return [paint('bold', `--- ${names[0]}`), paint('bold', `+++ ${names[1]}`), ...lines].join('\n');
}

/** Each line, with what `diff` writes for a last one that does not end. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop()!;
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function paintEdit({ kind, text }: LineEdit, paint: Paint): string {
  const line = kind + printable(text);
  if (kind === ' ') return line;
  return paint(kind === '+' ? 'green' : 'red', line);
}

interface Hunk {
  readonly header: string;
  readonly edits: readonly LineEdit[];
}

function findHunks(edits: readonly LineEdit[]): Hunk[] {
  const changed = edits.flatMap(({ kind }, i) => (kind === ' ' ? [] : [i]));
  const ranges: { start: number; end: number }[] = [];
  for (const i of changed) {
    const last = ranges.at(-1);
    if (last !== undefined && i - contextLines <= last.end) last.end = Math.min(edits.length, i + contextLines + 1);
    else ranges.push({ start: Math.max(0, i - contextLines), end: Math.min(edits.length, i + contextLines + 1) });
  }
  return ranges.map(({ start, end }) => {
    const inside = edits.slice(start, end);
    const range = (other: LineEdit['kind']) => {
      const count = inside.filter(({ kind }) => kind !== other).length;
      const first = edits.slice(0, start).filter(({ kind }) => kind !== other).length + (count === 0 ? 0 : 1);
      return count === 1 ? String(first) : `${first},${count}`;
    };
    return { header: `@@ -${range('+')} +${range('-')} @@`, edits: inside };
  });
}
