import type { InstanceStatus } from '@sallyport/pipeline';
import { compileRoutes, type PolicyDocument } from '@sallyport/policy';
import type { ControlLogWriter } from './control-log-writer.js';
import type { ControlState } from './control-state.js';
import type { Instances } from './instances.js';

const rolloutMs = 15_000;
const attempts = 5;

/** A refusal that the caller is told; `status` is the HTTP status. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApplyRequest {
  readonly document: PolicyDocument;
  readonly source: string;
  readonly message: string;
  readonly author: string;
  /** Makes a revision even if nothing changes. */
  readonly force: boolean;
}

export interface ApplyResult {
  readonly revision: number;
  readonly changed: boolean;
}

/** Makes revisions, one at a time, and waits until every live instance serves them. */
export class PolicyApplier {
  readonly #writer: ControlLogWriter;
  readonly #state: ControlState;
  readonly #instances: Instances;
  readonly #readLog: () => Promise<void>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(writer: ControlLogWriter, state: ControlState, instances: Instances, readLog: () => Promise<void>) {
    this.#writer = writer;
    this.#state = state;
    this.#instances = instances;
    this.#readLog = readLog;
  }

  apply(request: ApplyRequest): Promise<ApplyResult> {
    const result = this.#queue.then(() => this.#apply(request));
    this.#queue = result.catch(() => {});
    return result;
  }

  async #apply(request: ApplyRequest): Promise<ApplyResult> {
    compile(request.document);
    await this.#readLog();
    const { current } = this.#state;
    if (current !== undefined && !request.force && isSame(current.content, request)) {
      return { revision: current.manifest.revision, changed: false };
    }
    const revision = await this.#append(request);
    await this.#waitForRollout(revision);
    return { revision, changed: true };
  }

  async #append(request: ApplyRequest): Promise<number> {
    const { document, source, author, message } = request;
    for (let attempt = 1; ; attempt++) {
      const revision = this.#state.nextRevision;
      try {
        await this.#writer.appendRevision({ revision, createdAtMs: Date.now(), author, message }, { document, source });
        await this.#readLog();
        return revision;
      } catch (error) {
        if (attempt === attempts) throw error;
        await this.#readLog();
      }
    }
  }

  /** Throws `RefusedError` (504) naming the instances that do not follow; the revision is in force all the same. */
  async #waitForRollout(revision: number): Promise<void> {
    const until = performance.now() + rolloutMs;
    for (;;) {
      const lagging = this.#instances.lagging(revision);
      if (lagging.length === 0) return;
      if (performance.now() > until) {
        throw new RefusedError(504, `revision ${revision} is in force, but not served yet by ${lagging.map(describe).join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function describe({ service, instance, failure }: InstanceStatus): string {
  return failure === '' ? `${service}/${instance}` : `${service}/${instance} (${failure})`;
}

function isSame(a: { document: PolicyDocument; source: string }, b: { document: PolicyDocument; source: string }): boolean {
  return a.source === b.source && JSON.stringify(a.document) === JSON.stringify(b.document);
}

/** Everything that could go wrong when a stage compiles the document goes wrong here first. */
function compile(document: PolicyDocument): void {
  try {
    compileRoutes(document);
  } catch (error) {
    throw new RefusedError(422, `the policy does not compile: ${(error as Error).message}`);
  }
}
