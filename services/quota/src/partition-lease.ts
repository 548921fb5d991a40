import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { decodeOwners, encodeOwners, OWNERS_SUBJECT, type Owners } from '@sallyport/pipeline';
import type { LeaseSession } from './lease-session.js';
import type { LeaseStore } from './lease-store.js';
import type { LeaseTable } from './lease-table.js';
import { monotonicNow } from './owner-clock.js';

export interface LeaseHooks {
  /** The table has changed, or is confirmed: drop what is no longer mine, take over what is. */
  readonly reconcile: () => void;
  /** Stop serving these and complete their journals. */
  readonly release: (partitions: readonly number[]) => Promise<void>;
  readonly onFault: (cause: unknown) => void;
}

interface Released {
  readonly partitions: ReadonlySet<number>;
  readonly pending: boolean;
}

const nothing: Released = { partitions: new Set(), pending: false };
/** Handing over a few at a time keeps each of them unserved for a few milliseconds only. */
const HANDED_AT_ONCE = 8;
const HAND_OVER_PAUSE_MS = 10;
const RETRY_MS = 100;

/**
 * Keeps one instance's lease: renews it, notices who has died, hands over what is more than its share, and publishes who
 * owns what. One turn reads the table and writes it back by compare-and-set; turns never overlap.
 */
export class PartitionLease {
  readonly #connection: NatsConnection;
  readonly #store: LeaseStore;
  readonly #session: LeaseSession;
  readonly #hooks: LeaseHooks;
  readonly #renewMs: number;
  readonly #subscription: Subscription;
  /** Partitions being stopped (`pending`), or stopped and offered until a write is known to have got in. */
  #released: Released = nothing;
  #leaving = false;
  #closed = false;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #published: LeaseTable | undefined;

  constructor(connection: NatsConnection, store: LeaseStore, session: LeaseSession, renewMs: number, hooks: LeaseHooks) {
    this.#connection = connection;
    this.#store = store;
    this.#session = session;
    this.#hooks = hooks;
    this.#renewMs = renewMs;
    this.#subscription = connection.subscribe(OWNERS_SUBJECT, {
      callback: (error, message) => {
        if (error === null && this.#isNews(message.data)) this.turn();
      },
    });
    this.turn();
  }

  isReleased(partition: number): boolean {
    return this.#released.partitions.has(partition);
  }

  /** Takes a turn as soon as the one under way is over. */
  turn(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#take().then((nextMs) => {
      this.#running = undefined;
      if (this.#closed) return;
      const soon = this.#again ? 0 : nextMs;
      this.#again = false;
      this.#timer = setTimeout(() => this.turn(), soon);
    });
  }

  /** Hands everything to the others; resolves when that is written, or after `withinMs`. Nothing may be served meanwhile. */
  async leave(withinMs: number): Promise<void> {
    this.#leaving = true;
    const deadlineMs = monotonicNow() + withinMs;
    while (!this.#closed && monotonicNow() < deadlineMs) {
      this.turn();
      await this.#running;
      if (!this.#closed) await sleep(10);
    }
    this.close();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#subscription.unsubscribe();
  }

  /** One turn; answers in how many milliseconds the next is due. */
  async #take(): Promise<number> {
    try {
      const { table, revision } = await this.#store.read();
      if (this.#closed) return 0;
      const session = this.#session;
      if (!session.observe(table, revision, monotonicNow())) return RETRY_MS;
      this.#hooks.reconcile();
      if (!this.#leaving) this.#shed();

      const offer = this.#released;
      const offered = offer.pending ? new Set<number>() : offer.partitions;
      const proposal = session.propose(offered, this.#leaving, monotonicNow());
      const written = await this.#store.compareAndSet(proposal, revision);
      if (this.#closed || written === undefined) return Math.random() * 5;

      session.confirm(proposal, written);
      // Whatever was not taken is served again; what became complete meanwhile is offered by the next turn.
      if (offer === this.#released && !offer.pending) this.#released = nothing;
      this.#publish();
      if (this.#leaving) this.close();
      else this.#hooks.reconcile();
      if (offered.size > 0) return HAND_OVER_PAUSE_MS;
      return Math.min(this.#renewMs, session.untilNextDeathMs(monotonicNow()) + 1);
    } catch (cause) {
      this.#hooks.onFault(cause);
      return RETRY_MS;
    }
  }

  /** Starts to give away what is more than my share; the turn after its journals are complete offers it. */
  #shed(): void {
    if (this.#released.partitions.size > 0) return;
    const surplus = this.#session.surplus(monotonicNow()).slice(0, HANDED_AT_ONCE);
    if (surplus.length === 0) return;
    this.#released = { partitions: new Set(surplus), pending: true };
    void this.#hooks.release(surplus).then(() => {
      this.#released = { partitions: this.#released.partitions, pending: false };
      this.turn();
    });
  }

  /** Owners are published by whoever changed them, and again and again by the member that has been there longest. */
  #publish(): void {
    const { table, revision } = this.#session;
    const first = table.members[0]?.id === this.#session.me;
    if (!first && this.#published !== undefined && sameOwners(this.#published, table)) return;
    this.#published = table;
    this.#connection.publish(OWNERS_SUBJECT, encodeOwners(ownersOf(table, revision)));
  }

  #isNews(bytes: Uint8Array): boolean {
    const { table, revision } = this.#session;
    const owners = decodeOwners(bytes, table.holdings.length);
    if (owners === undefined || owners.revision <= revision) return false;
    return owners.partitions.some((owner, partition) => (owner?.epoch ?? -1) !== table.holdings[partition]!.epoch);
  }
}

function ownersOf(table: LeaseTable, revision: number): Owners {
  return {
    revision,
    partitions: table.holdings.map(({ member, epoch }) => (member === '' ? null : { instance: member, epoch })),
  };
}

function sameOwners(a: LeaseTable, b: LeaseTable): boolean {
  return a.holdings.every((holding, partition) => {
    const other = b.holdings[partition]!;
    return holding.member === other.member && holding.epoch === other.epoch;
  });
}
