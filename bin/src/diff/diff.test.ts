import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffLines } from './diff-lines.js';
import { renderUnified } from './render-unified.js';

const plain = (_: unknown, text: string) => text;
const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 14 });

function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => Array.from(b, () => 0).concat(0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
    }
  }
  return table[a.length]![b.length]!;
}

describe('an edit script', () => {
  it('leads from one text to the other, and none is shorter', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const edits = diffLines(before, after);
        expect(edits.filter(({ kind }) => kind !== '+').map(({ text }) => text)).toEqual(before);
        expect(edits.filter(({ kind }) => kind !== '-').map(({ text }) => text)).toEqual(after);
        expect(edits.filter(({ kind }) => kind === ' ')).toHaveLength(longestCommon(before, after));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a unified diff', () => {
  it('is empty between equal texts', () => {
    expect(renderUnified(['a', 'b'], 'x\ny\n', 'x\ny\n', plain)).toBe('');
  });

  it('has three lines around each change, and one hunk for changes near each other', () => {
    const before = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join('');
    const after = before.replace('line 4\n', 'line four\n').replace('line 9\n', '').replace('line 25\n', 'line 25\nnew\n');
    const headers = renderUnified(['a', 'b'], before, after, plain).split('\n').filter((line) => line.startsWith('@@'));
    expect(headers).toEqual(['@@ -2,12 +2,11 @@', '@@ -24,6 +23,7 @@']);
  });

  it('is one that patch applies', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-diff-'));
    const text = fc.tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 }), fc.boolean()).map(([all, ends]) => all.join('\n') + (ends && all.length > 0 ? '\n' : ''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = renderUnified(['f', 'f'], before, after, plain);
        fc.pre(diff !== '');
        writeFileSync(join(dir, 'f'), before);
        execFileSync('git', ['apply', '-p0', '-'], { cwd: dir, input: diff + '\n' });
        expect(readFileSync(join(dir, 'f'), 'utf8')).toBe(after);
      }),
      { numRuns: 40 },
    );
    rmSync(dir, { recursive: true, force: true });
  });

  it('cannot steer a terminal', () => {
    expect(renderUnified(['a', 'b'], '', '\u001b]0;x\u0007\n', plain)).toContain('+\ufffd]0;x\ufffd');
  });
});
