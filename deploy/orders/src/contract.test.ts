import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import type { RunningService } from './listen-on-loopback.js';
import { readDraft, readFilter } from './read-order.js';
import { seededOrderId } from './seed-orders.js';
import { serveOrders } from './serve-orders.js';

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const contract = parse(readFileSync(new URL('../../local/orders.openapi.yaml', import.meta.url), 'utf8')) as Contract;
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(contract as object, 'contract');

const validate = (pointer: string, value: unknown): boolean => {
  const check = ajv.getSchema(`contract#${pointer}`);
  if (check === undefined) throw new Error(`the contract has no ${pointer}`);
  return check(value) as boolean;
};
const validateSchema = (name: string, value: unknown): boolean => validate(`/components/schemas/${name}`, value);

let service: RunningService;
beforeAll(async () => {
  service = await serveOrders({ port: 0 });
});
afterAll(() => service.close());

const json = { 'content-type': 'application/json' };
const draft = { customer: 'acme', currency: 'EUR', items: [{ sku: 'BLT-0410', quantity: 2, unitPriceCents: 250 }] };
const order = (number: number): string => `/orders/${seededOrderId(number)}`;

/** What is sent, the operation it belongs to, and the status that must come. */
const exchanges: readonly [name: string, path: string, target: string, init: RequestInit, status: number][] = [
  ['health', '/health', '/health', {}, 200],
  ['echo', '/echo', '/echo?a=1', {}, 200],
  ['echo with a body', '/echo', '/echo', { method: 'POST', body: 'abc' }, 200],
  ['a list', '/orders', '/orders', {}, 200],
  ['an empty list', '/orders', '/orders?createdAfter=2100-01-01T00:00:00Z', {}, 200],
  ['a limit of nothing', '/orders', '/orders?limit=0', {}, 400],
  ['an unknown status', '/orders', '/orders?status=lost', {}, 400],
  ['a date alone', '/orders', '/orders?createdAfter=2026-01-01', {}, 400],
  ['a new order', '/orders', '/orders', { method: 'POST', headers: json, body: JSON.stringify(draft) }, 201],
  ['an unknown field', '/orders', '/orders', { method: 'POST', headers: json, body: JSON.stringify({ ...draft, admin: true }) }, 400],
  ['no JSON', '/orders', '/orders', { method: 'POST', headers: json, body: '{' }, 400],
  ['a form', '/orders', '/orders', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' }, 415],
  ['a huge order', '/orders', '/orders', { method: 'POST', headers: json, body: `{"note":"${'x'.repeat(70_000)}"}` }, 413],
  ['one order', '/orders/{id}', order(1), {}, 200],
  ['one order that is known', '/orders/{id}', order(1), { headers: { 'if-none-match': 'W/"7", "1"' } }, 304],
  ['no such order', '/orders/{id}', order(999), {}, 404],
  ['a change', '/orders/{id}', order(1), { method: 'PATCH', headers: json, body: '{"status":"paid"}' }, 200],
  ['an empty change', '/orders/{id}', order(1), { method: 'PATCH', headers: json, body: '{}' }, 400],
  ['a change back', '/orders/{id}', order(1), { method: 'PATCH', headers: json, body: '{"status":"pending"}' }, 409],
  ['a change of what changed', '/orders/{id}', order(1), { method: 'PATCH', headers: { ...json, 'if-match': '"1"' }, body: '{"note":"x"}' }, 412],
  ['a change of nothing', '/orders/{id}', order(999), { method: 'PATCH', headers: json, body: '{"note":"x"}' }, 404],
  ['a removal', '/orders/{id}', order(2), { method: 'DELETE', headers: { 'if-match': '"1"' } }, 204],
  ['a second removal', '/orders/{id}', order(2), { method: 'DELETE' }, 404],
];

describe('the orders service keeps to its OpenAPI document', () => {
  test.each(exchanges)('%s', async (_name, path, target, init, status) => {
    const response = await fetch(`${service.url}${target}`, init);
    expect(response.status).toBe(status);

    const pathPointer = `/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}`;
    const method = (init.method ?? 'GET').toLowerCase();
    const documented = contract.paths[path]?.[method]?.responses[String(status)] as { $ref?: string } | undefined;
    expect(documented, `${method} ${path} documents ${status}`).toBeDefined();

    const mediaType = response.headers.get('content-type');
    if (mediaType === null) return expect(await response.text()).toBe('');
    const at = documented?.$ref?.slice(1) ?? `${pathPointer}/${method}/responses/${status}`;
    const body: unknown = await response.json();
    expect(validate(`${at}/content/${mediaType.replace('/', '~1')}/schema`, body), ajv.errorsText()).toBe(true);
  });

  test('all operations and statuses of the document are tried above', () => {
    const tried = new Set(exchanges.map(([, path, , init, status]) => `${(init.method ?? 'GET').toLowerCase()} ${path} ${status}`));
    // A body over the limit or of another type is refused in the same place for POST and PATCH.
    const untried = Object.entries(contract.paths)
      .flatMap(([path, item]) => Object.entries(item).flatMap(([method, { responses }]) => Object.keys(responses ?? {}).map((status) => `${method} ${path} ${status}`)))
      .filter((operation) => !tried.has(operation));
    expect(untried).toEqual(['patch /orders/{id} 413', 'patch /orders/{id} 415', 'delete /orders/{id} 412']);
  });
});

describe('the document and the service refuse the same', () => {
  const text = fc.oneof(fc.constantFrom('acme', 'EUR', 'BLT-0410', 'paid', '', 'Ä'), fc.string({ maxLength: 70 }));
  const number = fc.oneof(fc.integer({ min: -1, max: 1001 }), fc.double(), fc.constantFrom(100_000_000, 100_000_001));
  const item = fc.record({ sku: fc.oneof(fc.constant('BLT-0410'), text), quantity: number, unitPriceCents: number }, { requiredKeys: [] });
  const valid = fc.record({ sku: fc.constant('BLT-0410'), quantity: fc.integer({ min: 1, max: 1000 }), unitPriceCents: fc.nat(100_000_000) });
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        customer: fc.oneof(fc.constant('acme'), text),
        currency: fc.oneof(fc.constantFrom('EUR', 'USD'), text),
        items: fc.oneof(fc.array(valid, { maxLength: 52 }), fc.array(fc.oneof(valid, item), { maxLength: 3 })),
        note: fc.oneof(fc.string({ unit: 'grapheme', minLength: 498, maxLength: 502 }), fc.constantFrom('😀'.repeat(500), '😀'.repeat(501))),
        extra: fc.anything(),
      },
      { requiredKeys: ['customer', 'currency', 'items'] },
    ),
  );

  test('drafts of orders', () => {
    fc.assert(fc.property(body, (value) => readDraft(value).ok === validateSchema('OrderDraft', value)), { numRuns: 1000 });
  });

  test('limits and offsets of lists', () => {
    const numbers = fc.oneof(fc.integer({ min: -2, max: 103 }), fc.integer({ min: 99_999, max: 100_002 }));
    fc.assert(
      fc.property(numbers, fc.constantFrom('limit', 'offset'), (value, name) => {
        const index = name === 'limit' ? 0 : 1;
        return readFilter(new URLSearchParams({ [name]: String(value) })).ok === validate(`/paths/~1orders/get/parameters/${index}/schema`, value);
      }),
    );
  });
});
