import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of one process in Prometheus' text format; every sample carries `service` and `instance`. */
export function createRegistry(service: string, instance: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service, instance });
  return registry;
}

/**
 * A counter for hot paths: `add` is an addition on a plain object, and the labels are only formed when somebody scrapes.
 * `key` is the value of the single label.
 */
export class HotCounter {
  readonly #counts = new Map<string, number>();

  constructor(registry: Registry, name: string, help: string, label: string) {
    const counts = this.#counts;
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          this.reset();
          for (const [value, count] of counts) this.inc({ [label]: value }, count);
        },
      }),
    );
  }

  add(value: string, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  get(value: string): number {
    return this.#counts.get(value) ?? 0;
  }
}

export { Counter, Gauge, Histogram, Registry };
