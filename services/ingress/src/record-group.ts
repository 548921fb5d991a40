import { ByteWriter } from '@sallyport/envelope';

/** A line whose storing somebody waits for, or that belongs to an intent. */
interface WatchedLine {
  readonly line: string;
  readonly onSettled: OnSettled | undefined;
  readonly afterIntent: boolean;
}

/** Told whether the record is stored; if not, the recorder has settled the request itself, as interrupted. */
export type OnSettled = (stored: boolean) => void;

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
    return this.#watched.some(({ onSettled }) => onSettled !== undefined);
  }

  add(line: string, onSettled: OnSettled | undefined, afterIntent: boolean): void {
    if (onSettled !== undefined || afterIntent) {
      this.#watched.push({ line, onSettled, afterIntent });
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
    const dropped = this.#watched.filter(({ afterIntent }) => afterIntent);
    this.#watched = this.#watched.filter(({ afterIntent }) => !afterIntent);
    for (const { onSettled } of dropped) onSettled?.(false);
    return dropped.length;
  }

  stored(): void {
    for (const { onSettled } of this.#watched) onSettled?.(true);
  }
}
