import { advancedTable, emptyTable, partitionsOf, surplusOf, type LeaseTable } from './lease-table.js';

export interface LeaseTimes {
  /** How long a member may leave its beat unchanged before others take its partitions. */
  readonly ttlMs: number;
  /** How long an instance serves by one renewal, from sending it; less than `ttlMs`, for clocks that run unevenly. */
  readonly serveMs: number;
}

interface Sighting {
  readonly beat: number;
  readonly sinceMs: number;
  /** Whether I saw it join or renew, rather than found it there. */
  readonly alive: boolean;
}

/**
 * What one instance knows of the leases. No I/O; all times are its own monotonic clock, and no clock is compared with
 * another's: my lease runs from when I sent the renewal, another's death from when I last saw a change.
 */
export class LeaseSession {
  readonly me: string;
  readonly #times: LeaseTimes;
  readonly #sightings = new Map<string, Sighting>();
  /** When each of my attempts was sent, by its beat, until one is known to have got in. */
  readonly #attempts = new Map<number, number>();
  #table: LeaseTable = emptyTable;
  #revision = 0;
  #validUntilMs = -Infinity;
  #readAtMs = -Infinity;
  #lastBeat = 0;

  constructor(me: string, times: LeaseTimes) {
    this.me = me;
    this.#times = times;
  }

  get table(): LeaseTable {
    return this.#table;
  }

  get revision(): number {
    return this.#revision;
  }

  /**
   * Takes in a table just read; `nowMs` is when the read was answered. Returns false, and keeps what it knows, where the store
   * answered with a past state while I hold a lease.
   */
  observe(table: LeaseTable, revision: number, nowMs: number): boolean {
    if (revision < this.#revision && nowMs < this.#validUntilMs) return false;
    const first = this.#readAtMs === -Infinity;
    // Whoever could not read for a while could not see renewals either: everybody gets a full term from now.
    const blind = nowMs - this.#readAtMs > this.#times.ttlMs / 2;
    const present = new Set(table.members.map((member) => member.id));
    for (const id of this.#sightings.keys()) if (!present.has(id)) this.#sightings.delete(id);
    for (const { id, beat } of table.members) {
      const seen = this.#sightings.get(id);
      if (seen === undefined) this.#sightings.set(id, { beat, sinceMs: nowMs, alive: !first });
      else if (seen.beat !== beat) this.#sightings.set(id, { beat, sinceMs: nowMs, alive: true });
      else if (blind) this.#sightings.set(id, { beat, sinceMs: nowMs, alive: false });
    }
    this.#readAtMs = nowMs;
    this.#adopt(table, revision);
    return true;
  }

  /** The table to write next, to be sent at `nowMs` against the revision last observed. */
  propose(released: ReadonlySet<number>, leave: boolean, nowMs: number): LeaseTable {
    const beat = ++this.#lastBeat;
    this.#attempts.set(beat, nowMs);
    return advancedTable(this.#table, { me: this.me, beat, dead: this.#dead(nowMs), released, fresh: this.#fresh(nowMs), leave });
  }

  /** A proposal is known to have been written as `revision`. */
  confirm(table: LeaseTable, revision: number): void {
    this.#adopt(table, revision);
  }

  /** Until when I may serve what the table says is mine. */
  get validUntilMs(): number {
    return this.#validUntilMs;
  }

  mine(): number[] {
    return partitionsOf(this.#table, this.me);
  }

  /** What I should stop serving, flush and release, so that others get their share. */
  surplus(nowMs: number): number[] {
    return surplusOf(this.#table, this.me, this.#fresh(nowMs));
  }

  /** Milliseconds until the next member is due to be taken for dead; Infinity if there is no other. */
  untilNextDeathMs(nowMs: number): number {
    let soonest = Infinity;
    for (const [id, seen] of this.#sightings) {
      if (id !== this.me) soonest = Math.min(soonest, seen.sinceMs + this.#times.ttlMs - nowMs);
    }
    return Math.max(0, soonest);
  }

  #adopt(table: LeaseTable, revision: number): void {
    this.#table = table;
    this.#revision = revision;
    const member = table.members.find(({ id }) => id === this.me);
    if (member === undefined) {
      this.#validUntilMs = -Infinity;
      return;
    }
    const sentAtMs = this.#attempts.get(member.beat);
    if (sentAtMs === undefined) return;
    this.#validUntilMs = sentAtMs + this.#times.serveMs;
    for (const beat of this.#attempts.keys()) if (beat < member.beat) this.#attempts.delete(beat);
  }

  #dead(nowMs: number): Set<string> {
    const dead = new Set<string>();
    for (const [id, seen] of this.#sightings) {
      if (id !== this.me && nowMs - seen.sinceMs >= this.#times.ttlMs) dead.add(id);
    }
    return dead;
  }

  #fresh(nowMs: number): Set<string> {
    const fresh = new Set<string>();
    for (const [id, seen] of this.#sightings) {
      if (id !== this.me && seen.alive && nowMs - seen.sinceMs < this.#times.ttlMs / 2) fresh.add(id);
    }
    return fresh;
  }
}
