import type { Sections } from '@sallyport/envelope';
import type { Exchange } from './edge/exchange.js';
import type { IngressRoute } from './policy.js';
import type { RequestBody } from './request-body.js';

/** Where a request stands: its body is being read, the pipeline has it, its answer streams out, or it is over. */
export type Phase = 'reading' | 'judging' | 'streaming' | 'over';

/** A request that the ingress has let in and not yet answered. */
export interface InFlight {
  readonly slot: number;
  readonly generation: number;
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly receivedAtMs: number;
  /** `performance.now()` at the same moment. */
  readonly startedAt: number;
  readonly revision: number;
  readonly route: IngressRoute;
  readonly pathTemplate: string;
  readonly objectIds: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly credentials: readonly string[];
  readonly clientIp: string;
  readonly viaTrustedProxy: boolean;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly traceparent: string;
  phase: Phase;
  deadlineMs: number;
  body: RequestBody | undefined;
  bytesOut: number;
  /** Sections of the answer, kept for the record while the body streams. */
  answer: Sections | undefined;
  status: number;
  /** The lane in which the intent of a strictly audited request is stored; undefined without one. */
  intentEpoch: number | undefined;
}

/** Requests in flight by slot. A slot is used again with another generation, so that a late answer finds nobody. */
export class InFlightTable {
  readonly #slots: (InFlight | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #generations: number[] = [];
  size = 0;

  add(make: (slot: number, generation: number) => InFlight): InFlight {
    const slot = this.#free.pop() ?? this.#slots.length;
    const generation = ((this.#generations[slot] ?? 0) + 1) >>> 0;
    this.#generations[slot] = generation;
    const request = make(slot, generation);
    this.#slots[slot] = request;
    this.size++;
    return request;
  }

  find(slot: number, generation: number): InFlight | undefined {
    const request = this.#slots[slot];
    return request?.generation === generation ? request : undefined;
  }

  remove(request: InFlight): void {
    if (this.#slots[request.slot] !== request) return;
    this.#slots[request.slot] = undefined;
    this.#free.push(request.slot);
    this.size--;
  }

  /** Calls back with every request in flight; the callback may remove it. */
  forEach(visit: (request: InFlight) => void): void {
    for (const request of this.#slots) if (request !== undefined) visit(request);
  }
}
