/** One partition as an instance holds it. */
export interface PartitionSlot {
  readonly epoch: number;
  phase: 'loading' | 'serving' | 'releasing';
  /** How often taking it over has failed. */
  failures: number;
  /** Resolves when the phase is over. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

export function newSlot(epoch: number, phase: PartitionSlot['phase']): PartitionSlot {
  const { promise, resolve } = withResolvers();
  return { epoch, phase, failures: 0, settled: promise, settle: resolve };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Runs a job for each item in turn, some at once. Jobs must not reject. */
export class JobQueue<Item> {
  readonly #atOnce: number;
  readonly #job: (item: Item) => Promise<void>;
  readonly #waiting: Item[] = [];
  #running = 0;

  constructor(atOnce: number, job: (item: Item) => Promise<void>) {
    this.#atOnce = atOnce;
    this.#job = job;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#atOnce && this.#waiting.length > 0) {
      this.#running++;
      void this.#job(this.#waiting.shift()!).then(() => {
        this.#running--;
        this.#next();
      });
    }
  }
}
