/** The steps of an order's life, in the order they are usually taken. */
export const ORDER_STATUSES = ['pending', 'paid', 'shipped', 'cancelled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const CURRENCIES = ['EUR', 'GBP', 'USD'] as const;
export type Currency = (typeof CURRENCIES)[number];

export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

/** What a client states when it creates an order. */
export interface OrderDraft {
  readonly customer: string;
  readonly currency: Currency;
  readonly items: readonly OrderItem[];
  readonly note?: string;
}

/** What a client may change later. */
export interface OrderChange {
  readonly status?: OrderStatus;
  readonly note?: string;
}

export interface Order extends OrderDraft {
  readonly id: string;
  readonly status: OrderStatus;
  readonly totalCents: number;
  /** Counts up from 1 with each change; the ETag is made of it. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const NEXT_STATUSES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['paid', 'cancelled'],
  paid: ['shipped', 'cancelled'],
  shipped: [],
  cancelled: [],
};

/** Whether an order in `from` may be moved to `to`; staying where it is always may. */
export function mayBecome(from: OrderStatus, to: OrderStatus): boolean {
  return from === to || NEXT_STATUSES[from].includes(to);
}
