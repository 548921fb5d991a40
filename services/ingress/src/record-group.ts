import { ByteWriter } from '@sallyport/envelope';

/** A line whose storing somebody waits for, or that belongs to an intent. */
interface WatchedLine {
  readonly line: string;
  readonly onStored: (() => void) | undefined;
  readonly afterIntent: boolean;
}

const startBytes = 64 * 1024;
const feed = '\n';

/**
 * Records that are to be stored together. Ordinary ones become bytes at once: as strings they would live just long enough to
 * be copied about by the garbage collector.
 */
export class RecordGroup {
  readonly #ordinary = new ByteWriter(startBytes);
  #ordinaryCount = 0;
  #watched: WatchedLine[] = [];
  #watchedBytes = 0;

  get bytes(): number {
    return this.#ordinary.length + this.#watchedBytes;
  }

  get count(): number {
    return this.#ordinaryCount + this.#watched.length;
  }

  /** Whether somebody waits for a record of the group. */
  get urgent(): boolean {
    return this.#watched.some(({ onStored }) => onStored !== undefined);
  }

  add(line: string, onStored: (() => void) | undefined, afterIntent: boolean): void {
    if (onStored !== undefined || afterIntent) {
      this.#watched.push({ line, onStored, afterIntent });
      this.#watchedBytes += line.length;
      return;
    }
    if (this.#ordinaryCount++ > 0) this.#ordinary.raw(feed);
    this.#ordinary.raw(line);
  }

  /** All lines, separated by line feeds. */
  payload(): Uint8Array {
    const ordinary = this.#ordinary.buffer.subarray(0, this.#ordinary.length);
    if (this.#watched.length === 0) return ordinary;
    const watched = Buffer.from(this.#watched.map(({ line }) => line).join(feed));
    return this.#ordinaryCount === 0 ? watched : Buffer.concat([ordinary, Buffer.from(feed), watched]);
  }

  /** Leaves out what belongs to an intent; yields how many records that were. */
  dropAfterIntent(): number {
    const before = this.#watched.length;
    this.#watched = this.#watched.filter(({ afterIntent }) => !afterIntent);
    return before - this.#watched.length;
  }

  stored(): void {
    for (const { onStored } of this.#watched) onStored?.();
  }
}
