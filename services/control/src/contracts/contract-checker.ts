import type { OpenApiDocument, PolicyDocument } from '@sallyport/policy';
import { Worker } from 'node:worker_threads';

/** Far above what the largest public API descriptions take. */
const timeLimitMs = 60_000;
const memoryLimitMb = 1_024;
const knownCapacity = 1_000;

/** Compiles the OpenAPI documents of policies in a thread of their own, so that the admin API answers meanwhile. */
export class ContractChecker {
  /** Digests of documents that have compiled before. */
  readonly #sound = new Set<string>();

  /** What keeps the contracts from being enforced, by route; empty when all compile. */
  async check({ routes, documents }: PolicyDocument): Promise<string[]> {
    const unknown = Object.entries(documents).filter(([digest]) => !this.#sound.has(digest));
    const faults = unknown.length === 0 ? {} : await findFaultsInThread(Object.fromEntries(unknown));
    for (const [digest] of unknown) if (!Object.hasOwn(faults, digest)) this.#remember(digest);
    return routes.flatMap(({ validate: { openapi } }, i) => {
      const fault = openapi === null ? undefined : faults[openapi];
      return fault === undefined ? [] : [`routes[${i}].validate.openapi: the OpenAPI document cannot be enforced: ${fault}`];
    });
  }

  #remember(digest: string): void {
    if (this.#sound.size >= knownCapacity) this.#sound.clear();
    this.#sound.add(digest);
  }
}

function findFaultsInThread(documents: Record<string, OpenApiDocument>): Promise<Record<string, string>> {
  const thread = new Worker(new URL('./contract-thread.js', import.meta.url), {
    workerData: documents,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb },
  });
  const failed = (why: string) => Object.fromEntries(Object.keys(documents).map((digest) => [digest, why]));
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(failed(`it takes longer than ${timeLimitMs / 1000} s to compile`)), timeLimitMs);
    const finish = (faults: Record<string, string>) => {
      clearTimeout(timer);
      void thread.terminate();
      resolve(faults);
    };
    thread.on('message', finish);
    thread.on('error', (error) => finish(failed(`it cannot be compiled: ${error.message}`)));
  });
}
