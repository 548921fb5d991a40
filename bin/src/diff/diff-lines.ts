/** One line of an edit script: kept, taken out, or put in. */
export interface LineEdit {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

/** Texts that differ in more lines are shown as wholly replaced between what they begin and end with in common. */
const mostEdits = 2_000;

/** A shortest edit script from one list of lines to another (E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986). */
export function diffLines(before: readonly string[], after: readonly string[]): LineEdit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const keep = (lines: readonly string[]) => lines.map((text): LineEdit => ({ kind: ' ', text }));
  return [
    ...keep(before.slice(0, head)),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...keep(before.slice(before.length - tail)),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): LineEdit[] {
  const trace = findPath(before, after);
  if (trace === undefined) {
    return [...before.map((text): LineEdit => ({ kind: '-', text })), ...after.map((text): LineEdit => ({ kind: '+', text }))];
  }
  const edits: LineEdit[] = [];
  let [x, y] = [before.length, after.length];
  for (let d = trace.length - 1; d >= 0; d--) {
    const k = x - y;
    const down = goesDown(trace[d]!, d, k);
    const previousX = d === 0 ? 0 : at(trace[d]!, d, down ? k + 1 : k - 1);
    const previousY = d === 0 ? 0 : previousX - (down ? k + 1 : k - 1);
    while (x > previousX && y > previousY) {
      x--;
      y--;
      edits.push({ kind: ' ', text: before[x]! });
    }
    if (d > 0) edits.push(down ? { kind: '+', text: after[--y]! } : { kind: '-', text: before[--x]! });
  }
  return edits.toReversed();
}

/** How far along each diagonal, from `-d` to `d`, one gets with less than `d` edits. */
type Reached = Int32Array;

function at(reached: Reached, d: number, k: number): number {
  return reached[k + d] ?? -1;
}

function goesDown(reached: Reached, d: number, k: number): boolean {
  return k === -d || (k !== d && at(reached, d, k - 1) < at(reached, d, k + 1));
}

function findPath(before: readonly string[], after: readonly string[]): Reached[] | undefined {
  const trace: Reached[] = [];
  const furthest = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= Math.min(mostEdits, before.length + after.length); d++) {
    const reached = Int32Array.from({ length: 2 * d + 1 }, (_, i) => furthest.get(i - d) ?? -1);
    trace.push(reached);
    for (let k = -d; k <= d; k += 2) {
      let x = d === 0 ? 0 : goesDown(reached, d, k) ? at(reached, d, k + 1) : at(reached, d, k - 1) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++;
      furthest.set(k, x);
      if (x >= before.length && x - k >= after.length) return trace;
    }
  }
  return undefined;
}
