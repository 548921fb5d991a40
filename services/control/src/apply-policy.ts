import type { InstanceStatus, RevisionContent } from '@sallyport/pipeline';
import { checkPolicyDocument, type PolicyDocument } from '@sallyport/policy';
import { isDeepStrictEqual } from 'node:util';
import type { ContractChecker } from './contracts/contract-checker.js';
import { type ControlLogWriter, RevisionTakenError } from './control-log-writer.js';
import type { ControlState } from './control-state.js';
import type { Instances } from './instances.js';
import { RefusedError } from './refused-error.js';

const rolloutMs = 15_000;
const rolloutPollMs = 25;
const rolloutAskMs = 250;
const attempts = 10;

export interface ApplyRequest {
  /** As it came; checked before anything is stored. */
  readonly document: unknown;
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

export interface ApplierParts {
  readonly writer: ControlLogWriter;
  readonly state: ControlState;
  readonly instances: Instances;
  readonly contracts: ContractChecker;
  /** Brings `state` up to the end of the control log, and resolves with the sequence number it has reached. */
  readonly readLog: () => Promise<number>;
  /** Called for each new revision as soon as it is in force. */
  readonly onApplied: (revision: number, request: ApplyRequest) => void;
}

/** Makes revisions, one at a time, and waits until every live instance serves them. */
export class PolicyApplier {
  readonly #parts: ApplierParts;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Throws `RefusedError`: 422 with all faults for a policy that does not check, 504 when instances do not follow. */
  async apply(request: ApplyRequest): Promise<ApplyResult> {
    const document = await this.#check(request.document);
    const appended = this.#queue.then(() => this.#append({ ...request, document }));
    this.#queue = appended.catch(() => {});
    const result = await appended;
    await this.#waitForRollout(result.revision);
    return result;
  }

  /** Everything that could go wrong when a stage compiles the document goes wrong here first. */
  async #check(value: unknown): Promise<PolicyDocument> {
    const checked = checkPolicyDocument(value);
    const faults = checked.ok ? await this.#parts.contracts.check(checked.document) : checked.messages;
    if (checked.ok && faults.length === 0) return checked.document;
    throw new RefusedError(422, `the policy is refused: ${faults[0]}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`, faults);
  }

  async #append(request: ApplyRequest & { document: PolicyDocument }): Promise<ApplyResult> {
    const { state, writer, readLog, onApplied } = this.#parts;
    const { document, source, author, message, force } = request;
    for (let attempt = 1; ; attempt++) {
      writer.assertReachable();
      await readLog();
      const { current, nextRevision: revision } = state;
      if (current !== undefined && !force && isSame(current.content, { document, source })) {
        return { revision: current.manifest.revision, changed: false };
      }
      // Numbers only grow along the log: a manifest behind a higher one would be in force nowhere.
      const guard = async (lastSequence: number) => {
        if ((await readLog()) < lastSequence) return false;
        if (state.currentRevision >= revision) throw new RevisionTakenError(`revision ${state.currentRevision} is in force`);
        return true;
      };
      try {
        await writer.appendRevision({ revision, createdAtMs: Date.now(), author, message }, { document, source }, guard);
        onApplied(revision, request);
        await readLog();
        return { revision, changed: true };
      } catch (error) {
        if (!(error instanceof RevisionTakenError) || attempt === attempts) throw error;
      }
    }
  }

  async #waitForRollout(revision: number): Promise<void> {
    const { instances } = this.#parts;
    const untilMs = performance.now() + rolloutMs;
    let askAtMs = performance.now() + rolloutPollMs;
    for (;;) {
      const lagging = instances.lagging(revision);
      if (lagging.length === 0) return;
      if (performance.now() > untilMs || lagging.every((status) => hasFailed(status, revision))) {
        throw new RefusedError(504, `revision ${revision} is in force, but not served by ${lagging.map(describe).join(', ')}`);
      }
      if (performance.now() >= askAtMs) {
        instances.ask();
        askAtMs = performance.now() + rolloutAskMs;
      }
      await new Promise((resolve) => setTimeout(resolve, rolloutPollMs));
    }
  }
}

function isSame(stored: RevisionContent, wish: RevisionContent): boolean {
  return stored.source === wish.source && isDeepStrictEqual(stored.document, JSON.parse(JSON.stringify(wish.document)));
}

function hasFailed({ failure }: InstanceStatus, revision: number): boolean {
  return failure.startsWith(`revision ${revision}:`);
}

function describe({ service, instance, failure }: InstanceStatus): string {
  return failure === '' ? `${service}/${instance}` : `${service}/${instance} (${failure})`;
}
