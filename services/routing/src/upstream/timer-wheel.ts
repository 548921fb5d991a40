const slotCount = 1024;

/** Something with at most one deadline at a time. The links belong to the wheel; start with `undefined`, `undefined`, -1. */
export interface WheelEntry {
  wheelNext: WheelEntry | undefined;
  wheelPrevious: WheelEntry | undefined;
  /** Tick at which it is due; -1 when it is in no wheel. */
  wheelTick: number;
  /** Called once per `set`; may call `set` again. */
  onDue(): void;
}

/**
 * Many deadlines on one timer: `set` and `clear` cost a few pointer writes. A deadline is never early and at most two
 * ticks late. Due entries are called after the pending reads, so that a process that was held up does not blame its peers.
 */
export class TimerWheel {
  readonly #tickMs: number;
  readonly #slots: (WheelEntry | undefined)[] = Array.from({ length: slotCount });
  #tick = 0;
  #startedAtMs = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Milliseconds of the wheel's own clock, as of the last tick. Stands still while the wheel is empty. */
  get nowMs(): number {
    return this.#tick * this.#tickMs;
  }

  /** Makes the entry due `delayMs` from now, instead of when it was due before. */
  set(entry: WheelEntry, delayMs: number): void {
    if (entry.wheelTick !== -1) this.clear(entry);
    if (this.#timer === undefined) this.#start();
    // Not from #tick: within a long burst of work it lags behind.
    entry.wheelTick = Math.max(this.#tick, Math.ceil((performance.now() - this.#startedAtMs + delayMs) / this.#tickMs)) + 1;
    const slot = entry.wheelTick % slotCount;
    const head = this.#slots[slot];
    entry.wheelNext = head;
    entry.wheelPrevious = undefined;
    if (head !== undefined) head.wheelPrevious = entry;
    this.#slots[slot] = entry;
    this.#size++;
  }

  clear(entry: WheelEntry): void {
    if (entry.wheelTick === -1) return;
    if (entry.wheelPrevious !== undefined) entry.wheelPrevious.wheelNext = entry.wheelNext;
    else this.#slots[entry.wheelTick % slotCount] = entry.wheelNext;
    if (entry.wheelNext !== undefined) entry.wheelNext.wheelPrevious = entry.wheelPrevious;
    entry.wheelNext = undefined;
    entry.wheelPrevious = undefined;
    entry.wheelTick = -1;
    this.#size--;
  }

  #start(): void {
    this.#startedAtMs = performance.now() - this.#tick * this.#tickMs;
    this.#timer = setInterval(() => setImmediate(() => this.#advance()), this.#tickMs);
  }

  #advance(): void {
    const target = Math.floor((performance.now() - this.#startedAtMs) / this.#tickMs);
    while (this.#tick < target && this.#size > 0) {
      this.#tick++;
      this.#expire(this.#tick);
    }
    this.#tick = Math.max(this.#tick, target);
    if (this.#size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #expire(tick: number): void {
    let entry = this.#slots[tick % slotCount];
    const due: WheelEntry[] = [];
    for (; entry !== undefined; entry = entry.wheelNext) if (entry.wheelTick <= tick) due.push(entry);
    for (const late of due) {
      // One that is due may have cleared another.
      if (late.wheelTick === -1 || late.wheelTick > tick) continue;
      this.clear(late);
      late.onDue();
    }
  }
}
