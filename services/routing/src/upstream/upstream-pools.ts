import type { Target } from './choose-target.js';
import { Exchange, type ExchangeContext } from './exchange.js';
import { readOrigin } from './read-origin.js';
import { TargetPool } from './target-pool.js';
import { TimerWheel } from './timer-wheel.js';
import {
  defaultUpstreamOptions,
  type UpstreamControl,
  type UpstreamHandler,
  type UpstreamOptions,
  type UpstreamRequest,
  type UpstreamTargets,
} from './upstream-types.js';

const tickMs = 20;

/** The upstreams of one policy revision. */
export interface Upstreams {
  /** Throws for an upstream that the revision does not name, and after `release()`: both are faults of the caller. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamControl;
  /** Requests sent and not yet ended. */
  readonly active: number;
  /**
   * No more will be sent under this revision. Resolves when its last request has ended and the connections that no other
   * open revision refers to are closed.
   */
  release(): Promise<void>;
}

/** For metrics: one target as it stands. */
export interface TargetStatus {
  readonly origin: string;
  readonly active: number;
  readonly waiting: number;
  /** Failed attempts to connect since the last that succeeded. */
  readonly failures: number;
}

/** Keep-alive pools, one a target, shared by the policy revisions that are open at a time. */
export interface UpstreamPools {
  /** Throws for a target that is not an http or https origin. */
  open(upstreams: Readonly<Record<string, UpstreamTargets>>): Upstreams;
  statuses(): TargetStatus[];
}

export function createUpstreamPools(options: Partial<UpstreamOptions> = {}): UpstreamPools {
  const settled = { ...defaultUpstreamOptions, ...options };
  const wheel = new TimerWheel(tickMs);
  const pools = new Map<string, TargetPool>();
  const poolOf = (origin: string): TargetPool => {
    const pool = pools.get(origin) ?? new TargetPool(origin, settled, (unused) => pools.delete(unused.origin));
    pools.set(origin, pool);
    pool.retain();
    return pool;
  };
  return {
    open: (upstreams) => {
      const origins = Object.entries(upstreams).map(([name, upstream]) => ({
        name,
        timeoutMs: upstream.timeoutMs,
        targets: upstream.targets.map((target) => ({ origin: readOrigin(target.url, name), weight: target.weight })),
      }));
      const compiled = origins.map(({ name, timeoutMs, targets }): [string, CompiledUpstream] => {
        const used = targets.filter((target) => target.weight > 0);
        return [name, { timeoutMs, targets: used.map(({ origin, weight }) => ({ pool: poolOf(origin), weight, current: 0 })) }];
      });
      return new OpenUpstreams(new Map(compiled), wheel, settled);
    },
    statuses: () => [...pools.values()].map(readStatus),
  };
}

interface CompiledUpstream {
  readonly timeoutMs: number;
  readonly targets: readonly Target[];
}

class OpenUpstreams implements Upstreams, ExchangeContext {
  readonly wheel: TimerWheel;
  readonly options: UpstreamOptions;
  readonly #upstreams: ReadonlyMap<string, CompiledUpstream>;
  #active = 0;
  #released: Promise<void> | undefined;
  #whenEnded: (() => void) | undefined;

  constructor(upstreams: ReadonlyMap<string, CompiledUpstream>, wheel: TimerWheel, options: UpstreamOptions) {
    this.#upstreams = upstreams;
    this.wheel = wheel;
    this.options = options;
  }

  get active(): number {
    return this.#active;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamControl {
    const upstream = this.#upstreams.get(request.upstream);
    if (upstream === undefined) throw new Error(`the revision has no upstream ${request.upstream}`);
    if (this.#released !== undefined) throw new Error('the upstreams of this revision have been released');
    this.#active++;
    const exchange = new Exchange(this, upstream.targets, request.timeoutMs ?? upstream.timeoutMs, request, handler);
    // Later, so that no handler is called before its caller has the control, and undici is never entered from its own parser.
    queueMicrotask(() => exchange.start());
    return exchange;
  }

  onDone(): void {
    this.#active--;
    if (this.#active === 0) this.#whenEnded?.();
  }

  release(): Promise<void> {
    this.#released ??= this.#leave();
    return this.#released;
  }

  async #leave(): Promise<void> {
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#whenEnded = resolve));
    const targets = [...this.#upstreams.values()].flatMap((upstream) => upstream.targets);
    await Promise.all(targets.map((target) => target.pool.unretain()));
  }
}

function readStatus(pool: TargetPool): TargetStatus {
  return { origin: pool.origin, active: pool.active, waiting: pool.waiting, failures: pool.health.failures };
}
