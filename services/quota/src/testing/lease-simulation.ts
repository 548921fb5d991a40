import { LeaseSession, type LeaseTimes } from '../lease-session.js';
import { emptyTable, type LeaseTable } from '../lease-table.js';

export interface SimulatedFault {
  readonly atMs: number;
  readonly instance: number;
  /** `crash`: never runs again; `stall`: runs nothing for `forMs`; `cut`: its requests and answers are lost for `forMs`. */
  readonly kind: 'crash' | 'stall' | 'cut' | 'leave';
  readonly forMs: number;
}

export interface SimulationPlan {
  readonly times: LeaseTimes;
  readonly renewMs: number;
  /** When each instance starts, and how fast its clock runs. */
  readonly instances: readonly { readonly startMs: number; readonly drift: number }[];
  readonly faults: readonly SimulatedFault[];
  /** The delay of the n-th message. */
  delayMs(n: number): number;
}

interface Actor {
  readonly session: LeaseSession;
  readonly drift: number;
  stalledUntilMs: number;
  cutUntilMs: number;
  gone: boolean;
  leaving: boolean;
  /** Stopped and offered, until a write is known to have got in. */
  released: Set<number>;
}

/** Instances, a compare-and-set store and a network in virtual time; checks at every event that no partition has two owners. */
export class LeaseSimulation {
  readonly actors: Actor[];
  nowMs = 0;
  revision = 0;
  table: LeaseTable = emptyTable;
  readonly #plan: SimulationPlan;
  readonly #events: { atMs: number; run: () => void }[] = [];
  #messages = 0;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.actors = plan.instances.map(({ drift }, index) => ({
      session: new LeaseSession(`i${index}`, plan.times),
      drift, stalledUntilMs: 0, cutUntilMs: 0, gone: false, leaving: false, released: new Set(),
    }));
    plan.instances.forEach(({ startMs }, index) => this.#at(startMs, () => this.#tick(this.actors[index]!)));
    for (const fault of plan.faults) this.#at(fault.atMs, () => this.#apply(fault));
  }

  run(untilMs: number): void {
    while (true) {
      this.#events.sort((a, b) => b.atMs - a.atMs);
      const next = this.#events.at(-1);
      if (next === undefined || next.atMs > untilMs) break;
      this.#events.pop();
      this.nowMs = next.atMs;
      next.run();
      this.#checkSingleOwner();
    }
    this.nowMs = untilMs;
  }

  serving(actor: Actor, partition: number): boolean {
    const { session } = actor;
    return !actor.gone && !actor.released.has(partition) && this.#local(actor) < session.validUntilMs
      && session.table.holdings[partition]!.member === session.me;
  }

  #checkSingleOwner(): void {
    for (let p = 0; p < this.table.holdings.length; p++) {
      const owners = this.actors.filter((actor) => this.serving(actor, p)).map((actor) => actor.session.me);
      if (owners.length > 1) throw new Error(`partition ${p} is served by ${owners.join(' and ')} at ${this.nowMs} ms`);
    }
  }

  #apply(fault: SimulatedFault): void {
    const actor = this.actors[fault.instance % this.actors.length]!;
    if (fault.kind === 'crash') actor.gone = true;
    else if (fault.kind === 'leave') actor.leaving = true;
    else if (fault.kind === 'stall') actor.stalledUntilMs = Math.max(actor.stalledUntilMs, this.nowMs + fault.forMs);
    else actor.cutUntilMs = Math.max(actor.cutUntilMs, this.nowMs + fault.forMs);
  }

  #tick(actor: Actor): void {
    const answered = this.#request(actor, () => ({ table: this.table, revision: this.revision }), ({ table, revision }) => {
      const { session } = actor;
      const local = this.#local(actor);
      if (!session.observe(table, revision, local)) return this.#for(actor, 1, () => this.#tick(actor));
      // Who leaves serves nothing any more, not even what it is given meanwhile.
      if (actor.leaving) actor.released = new Set(table.holdings.keys());
      else if (actor.released.size === 0) actor.released = new Set(session.surplus(local));
      this.#write(actor, revision, session.propose(actor.released, actor.leaving, local));
    });
    this.#giveUp(actor, answered);
  }

  #write(actor: Actor, revision: number, proposal: LeaseTable): void {
    const again = (afterMs: number) => this.#for(actor, afterMs, () => this.#tick(actor));
    const answered = this.#request(actor, () => this.#compareAndSet(revision, proposal), (written) => {
      if (written === undefined) return again(1);
      actor.session.confirm(proposal, written);
      actor.released = new Set();
      if (actor.leaving) actor.gone = true;
      else again(this.#plan.renewMs);
    });
    this.#giveUp(actor, answered);
  }

  /** A lost request or answer is given up and tried again; the request may still have its effect later. */
  #giveUp(actor: Actor, answered: { done: boolean }): void {
    this.#for(actor, this.#plan.renewMs, () => {
      if (answered.done) return;
      answered.done = true;
      this.#tick(actor);
    });
  }

  #compareAndSet(revision: number, proposal: LeaseTable): number | undefined {
    if (revision !== this.revision) return undefined;
    proposal.holdings.forEach((holding, p) => {
      const before = this.table.holdings[p]!;
      const grown = holding.epoch - before.epoch;
      if (grown !== (holding.member !== before.member && holding.member !== '' ? 1 : 0)) throw new Error('epoch out of step');
    });
    this.table = proposal;
    return ++this.revision;
  }

  #request<T>(actor: Actor, handle: () => T, answer: (result: T) => void): { done: boolean } {
    const state = { done: false };
    if (this.nowMs < actor.cutUntilMs) return state;
    this.#at(this.nowMs + this.#delay(), () => {
      const result = handle();
      this.#at(this.nowMs + this.#delay(), () => {
        if (this.nowMs < actor.cutUntilMs) return;
        // Arrived answers wait for a stalled process.
        this.#when(actor, () => {
          if (state.done) return;
          state.done = true;
          answer(result);
        });
      });
    });
    return state;
  }

  /** In `afterMs`, or once it is no longer stalled. */
  #for(actor: Actor, afterMs: number, run: () => void): void {
    this.#at(this.nowMs + afterMs, () => this.#when(actor, run));
  }

  #when(actor: Actor, run: () => void): void {
    if (actor.gone) return;
    if (this.nowMs < actor.stalledUntilMs) this.#at(actor.stalledUntilMs, () => this.#when(actor, run));
    else run();
  }

  #delay(): number {
    return this.#plan.delayMs(this.#messages++);
  }

  #local(actor: Actor): number {
    return 1000 + this.nowMs * actor.drift;
  }

  #at(atMs: number, run: () => void): void {
    this.#events.push({ atMs, run });
  }
}
