import { CURRENCIES, type Currency, ORDER_STATUSES, type OrderChange, type OrderDraft, type OrderItem, type OrderStatus } from './order.js';
import type { OrderFilter } from './order-store.js';

/** What was read, or what is wrong with it, in words for the client. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

const CUSTOMER = /^[a-z0-9-]{1,64}$/;
const SKU = /^[A-Z]{3}-[0-9]{4}$/;
// RFC 3339: JavaScript's own parser takes far more than that.
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

export function readDraft(body: unknown): Read<OrderDraft> {
  const fields = readFields(body, ['customer', 'currency', 'items', 'note']);
  if (!fields.ok) return fields;
  const { customer, currency, items, note } = fields.value;
  if (typeof customer !== 'string' || !CUSTOMER.test(customer)) return wrong('customer: 1 to 64 of a-z, 0-9 and -');
  if (!isCurrency(currency)) return wrong(`currency: one of ${CURRENCIES.join(', ')}`);
  if (!isItems(items)) return wrong('items: 1 to 50 of { sku: AAA-0000, quantity: 1 to 1000, unitPriceCents: 0 to 100000000 }');
  if (note !== undefined && !isNote(note)) return wrong('note: a string of at most 500 characters');
  return { ok: true, value: { customer, currency, items, ...(note !== undefined && { note }) } };
}

export function readChange(body: unknown): Read<OrderChange> {
  const fields = readFields(body, ['status', 'note']);
  if (!fields.ok) return fields;
  const { status, note } = fields.value;
  if (status === undefined && note === undefined) return wrong('state a status or a note');
  if (status !== undefined && !isStatus(status)) return wrong(`status: one of ${ORDER_STATUSES.join(', ')}`);
  if (note !== undefined && !isNote(note)) return wrong('note: a string of at most 500 characters');
  return { ok: true, value: { ...(status !== undefined && { status }), ...(note !== undefined && { note }) } };
}

export function readFilter(query: URLSearchParams): Read<OrderFilter> {
  const limit = readInteger(query.get('limit') ?? '20', 1, 100);
  if (limit === undefined) return wrong('limit: a whole number from 1 to 100');
  const offset = readInteger(query.get('offset') ?? '0', 0, 100_000);
  if (offset === undefined) return wrong('offset: a whole number from 0 to 100000');
  const status = query.get('status') ?? undefined;
  if (status !== undefined && !isStatus(status)) return wrong(`status: one of ${ORDER_STATUSES.join(', ')}`);
  const customer = query.get('customer') ?? undefined;
  if (customer !== undefined && !CUSTOMER.test(customer)) return wrong('customer: 1 to 64 of a-z, 0-9 and -');
  const createdAfter = query.get('createdAfter') ?? undefined;
  const createdAfterMs = createdAfter === undefined || !DATE_TIME.test(createdAfter) ? Number.NaN : Date.parse(createdAfter);
  if (createdAfter !== undefined && Number.isNaN(createdAfterMs)) return wrong('createdAfter: a date and time as in RFC 3339');
  return {
    ok: true,
    value: {
      limit,
      offset,
      ...(status !== undefined && { status }),
      ...(customer !== undefined && { customer }),
      ...(createdAfter !== undefined && { createdAfterMs }),
    },
  };
}

function readFields(body: unknown, allowed: readonly string[]): Read<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return wrong('the body: a JSON object');
  if (Object.keys(body).some((name) => !allowed.includes(name))) return wrong(`the body: no fields but ${allowed.join(', ')}`);
  return { ok: true, value: { ...body } };
}

function readInteger(text: string, least: number, most: number): number | undefined {
  if (!/^-?\d{1,9}$/.test(text)) return undefined;
  return isInteger(Number(text), least, most) ? Number(text) : undefined;
}

function isItems(value: unknown): value is readonly OrderItem[] {
  return Array.isArray(value) && value.length >= 1 && value.length <= 50 && value.every(isItem);
}

function isItem(value: unknown): value is OrderItem {
  const fields = readFields(value, ['sku', 'quantity', 'unitPriceCents']);
  if (!fields.ok) return false;
  const { sku, quantity, unitPriceCents } = fields.value;
  return typeof sku === 'string' && SKU.test(sku) && isInteger(quantity, 1, 1000) && isInteger(unitPriceCents, 0, 100_000_000);
}

const isInteger = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

// JSON Schema counts a string's length in code points.
const isNote = (value: unknown): value is string => typeof value === 'string' && [...value].length <= 500;

const isStatus = (value: unknown): value is OrderStatus => ORDER_STATUSES.includes(value as OrderStatus);

const isCurrency = (value: unknown): value is Currency => CURRENCIES.includes(value as Currency);

const wrong = (detail: string): { readonly ok: false; readonly detail: string } => ({ ok: false, detail });
