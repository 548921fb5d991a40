import { randomUUID } from 'node:crypto';

import type { Order, OrderChange, OrderDraft, OrderItem, OrderStatus } from './order.js';

export interface OrderFilter {
  readonly status?: OrderStatus;
  readonly customer?: string;
  readonly createdAfterMs?: number;
  readonly limit: number;
  readonly offset: number;
}

export interface OrderPage {
  readonly items: readonly Order[];
  /** How many orders match, on this page or not. */
  readonly total: number;
}

/** Orders in memory, oldest first. Holds at most `capacity`: a newer order then takes the place of the oldest. */
export class OrderStore {
  readonly #orders = new Map<string, Order>();
  readonly #capacity: number;

  constructor(seed: Iterable<Order> = [], capacity = 10_000) {
    this.#capacity = capacity;
    for (const order of seed) this.#keep(order);
  }

  get size(): number {
    return this.#orders.size;
  }

  find(id: string): Order | undefined {
    return this.#orders.get(id);
  }

  list(filter: OrderFilter): OrderPage {
    const matching = [...this.#orders.values()].filter(
      (order) =>
        (filter.status === undefined || order.status === filter.status) &&
        (filter.customer === undefined || order.customer === filter.customer) &&
        (filter.createdAfterMs === undefined || Date.parse(order.createdAt) > filter.createdAfterMs),
    );
    return { items: matching.slice(filter.offset, filter.offset + filter.limit), total: matching.length };
  }

  create(draft: OrderDraft, nowMs: number): Order {
    const order = placeOrder(randomUUID(), draft, nowMs);
    this.#keep(order);
    return order;
  }

  /** The changed order, or undefined where there is none with this id. */
  change(id: string, change: OrderChange, nowMs: number): Order | undefined {
    const order = this.#orders.get(id);
    if (order === undefined) return undefined;
    const changed = { ...order, ...change, version: order.version + 1, updatedAt: new Date(nowMs).toISOString() };
    this.#orders.set(id, changed);
    return changed;
  }

  remove(id: string): boolean {
    return this.#orders.delete(id);
  }

  #keep(order: Order): void {
    this.#orders.set(order.id, order);
    if (this.#orders.size <= this.#capacity) return;
    for (const oldest of this.#orders.keys()) {
      this.#orders.delete(oldest);
      return;
    }
  }
}

/** A new pending order of one draft, with its total. */
export function placeOrder(id: string, draft: OrderDraft, nowMs: number): Order {
  const placedAt = new Date(nowMs).toISOString();
  return { id, ...draft, status: 'pending', totalCents: sumItems(draft.items), version: 1, createdAt: placedAt, updatedAt: placedAt };
}

function sumItems(items: readonly OrderItem[]): number {
  return items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0);
}
