/** What one owner has taken for a request, so that it can be asked to give it back. */
export interface Taken {
  readonly instance: string;
  /** By that owner's clock. */
  readonly takenAtMs: number;
  /** Empty where the request only passed through. */
  readonly partitions: readonly number[];
}

/** `instance:milliseconds:partition,partition;…`: how a request tells its next owner who has judged it so far. */
export function encodeTaken(taken: readonly Taken[]): string {
  return taken.map(({ instance, takenAtMs, partitions }) => `${instance}:${takenAtMs}:${partitions.join(',')}`).join(';');
}

/** Undefined for text that `encodeTaken` has not written. */
export function decodeTaken(text: string): readonly Taken[] | undefined {
  if (text === '') return [];
  const all: Taken[] = [];
  for (const part of text.split(';')) {
    const match = /^([\w-]{1,64}):(\d{1,16}):((?:\d{1,3}(?:,\d{1,3})*)?)$/.exec(part);
    if (match === null) return undefined;
    all.push({ instance: match[1]!, takenAtMs: Number(match[2]), partitions: match[3] === '' ? [] : match[3]!.split(',').map(Number) });
  }
  return all;
}
