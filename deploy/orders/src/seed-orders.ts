import { CURRENCIES, ORDER_STATUSES, type Order, type OrderItem } from './order.js';
import { placeOrder } from './order-store.js';

const CUSTOMERS = ['acme', 'globex', 'initech', 'umbrella'] as const;
const SKUS = ['BLT-0410', 'NUT-0410', 'GSK-2207', 'VLV-1150', 'PMP-9003'] as const;
const FIRST_PLACED_AT_MS = Date.UTC(2026, 0, 5, 8, 0, 0);
const BETWEEN_ORDERS_MS = 7 * 3_600_000 + 13 * 60_000;

/** The id of the n-th seeded order, counted from 1: easy to type, and the same on every start. */
export function seededOrderId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** `count` orders that are the same on every start and every machine. */
export function seedOrders(count: number): Order[] {
  return Array.from({ length: count }, (_, index) => {
    const placed = placeOrder(
      seededOrderId(index + 1),
      { customer: cycle(CUSTOMERS, index), currency: cycle(CURRENCIES, index), items: seedItems(index) },
      FIRST_PLACED_AT_MS + index * BETWEEN_ORDERS_MS,
    );
    return { ...placed, status: cycle(ORDER_STATUSES, index >> 1) };
  });
}

function seedItems(index: number): OrderItem[] {
  return Array.from({ length: 1 + (index % 3) }, (_, line) => ({
    sku: cycle(SKUS, index + line),
    quantity: 1 + ((index * 7 + line * 3) % 12),
    unitPriceCents: 199 + ((index * 37 + line * 11) % 40) * 50,
  }));
}

function cycle<T>(values: readonly [T, ...T[]], index: number): T {
  return values[index % values.length] ?? values[0];
}
