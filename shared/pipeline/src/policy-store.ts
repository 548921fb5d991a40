import type { PolicyDocument, RevisionManifest } from '@sallyport/policy';
import type { Logger } from '@sallyport/observe';
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { ControlEntry } from './follow-control-log.js';

/** What the parts of a revision hold, put together and inflated. */
export interface RevisionContent {
  readonly document: PolicyDocument;
  /** The policy file as it was applied. */
  readonly source: string;
}

export interface CompiledRevision<Policy> {
  readonly revision: number;
  readonly policy: Policy;
  readonly document: PolicyDocument;
}

/** On top of a route's timeout: the envelope's deadline, and clocks that differ a little. */
const deadlineSlackMs = 2_000;
/** No request is under way for longer than this when a process starts. */
const startupHistoryMs = 120_000;

/**
 * The revisions that a process can judge by: the current one, and those superseded so recently that a request stamped with
 * them may still be under way. Older ones are refused, so that an old policy cannot be replayed.
 */
export class PolicyStore<Policy> {
  readonly #compile: (content: RevisionContent, revision: number) => Policy;
  readonly #logger: Logger;
  readonly #onRetired: (policy: Policy) => void;
  readonly #parts = new Map<string, Buffer>();
  readonly #compiled = new Map<number, CompiledRevision<Policy>>();
  readonly #pending: RevisionManifest[] = [];
  readonly #waiting = new Set<() => void>();
  #current: CompiledRevision<Policy> | undefined;
  /** Why the newest revision could not be compiled; undefined when it could. */
  failure: { readonly revision: number; readonly message: string } | undefined;

  /** `onRetired` is called with a compiled revision when no request can be judged by it any more. */
  constructor(
    compile: (content: RevisionContent, revision: number) => Policy,
    logger: Logger,
    onRetired: (policy: Policy) => void = () => {},
  ) {
    this.#compile = compile;
    this.#logger = logger;
    this.#onRetired = onRetired;
  }

  /** The newest revision that compiled. */
  get current(): CompiledRevision<Policy> | undefined {
    return this.#current;
  }

  get(revision: number): CompiledRevision<Policy> | undefined {
    return this.#compiled.get(revision);
  }

  /** Waits for a revision newer than the current one; undefined when it is not there by `deadlineMs` (wall clock). */
  async waitFor(revision: number, deadlineMs: number): Promise<CompiledRevision<Policy> | undefined> {
    while (!this.#compiled.has(revision) && revision > (this.#current?.revision ?? 0) && Date.now() < deadlineMs) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.max(1, deadlineMs - Date.now()));
        this.#waiting.add(wake);
      });
    }
    return this.#compiled.get(revision);
  }

  /** Takes the entries of the control log that concern revisions; true when the entry was one. */
  accept(entry: ControlEntry): boolean {
    if (!entry.key.startsWith('revision.')) return false;
    if (entry.key.includes('.part.')) {
      this.#parts.set(entry.key, Buffer.from(entry.content));
      return true;
    }
    this.#pending.push(JSON.parse(entry.content.toString()) as RevisionManifest);
    return true;
  }

  /** Compiles what `accept` has gathered; called when the log has been read to its end. */
  settle(): void {
    const pending = this.#pending.splice(0);
    const oldestUseMs = Date.now() - startupHistoryMs;
    pending.forEach((manifest, i) => {
      const successor = pending[i + 1];
      // At start-up the whole history passes by; only what may still be under way is worth compiling.
      if (successor !== undefined && successor.createdAtMs < oldestUseMs) this.#forgetParts(manifest);
      else this.#tryInstall(manifest);
    });
    if (pending.length > 0) for (const wake of this.#waiting) wake();
  }

  #forgetParts(manifest: RevisionManifest): void {
    for (let i = 0; i < manifest.parts; i++) this.#parts.delete(`revision.${manifest.revision}.part.${i}`);
  }

  #tryInstall(manifest: RevisionManifest): void {
    try {
      this.#install(manifest);
      this.failure = undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.failure = { revision: manifest.revision, message };
      this.#logger.error({ revision: manifest.revision, err: error }, 'the revision cannot be used');
    }
  }

  #install(manifest: RevisionManifest): void {
    const { revision } = manifest;
    if (this.#current !== undefined && revision <= this.#current.revision) return;
    const content = this.#assemble(manifest);
    const compiled = { revision, policy: this.#compile(content, revision), document: content.document };
    this.#retire(this.#current);
    this.#compiled.set(revision, compiled);
    this.#current = compiled;
    this.#logger.info({ revision }, 'policy revision in use');
  }

  #assemble(manifest: RevisionManifest): RevisionContent {
    const parts: Buffer[] = [];
    for (let i = 0; i < manifest.parts; i++) {
      const key = `revision.${manifest.revision}.part.${i}`;
      const part = this.#parts.get(key);
      if (part === undefined) throw new Error(`part ${i} of revision ${manifest.revision} is missing`);
      this.#parts.delete(key);
      parts.push(part);
    }
    const whole = Buffer.concat(parts);
    if (createHash('sha256').update(whole).digest('hex') !== manifest.sha256) {
      throw new Error(`the parts of revision ${manifest.revision} do not have the digest of its manifest`);
    }
    return JSON.parse(inflateRawSync(whole).toString()) as RevisionContent;
  }

  #retire(superseded: CompiledRevision<Policy> | undefined): void {
    if (superseded === undefined) return;
    const timer = setTimeout(() => {
      this.#compiled.delete(superseded.revision);
      this.#onRetired(superseded.policy);
    }, longestDeadlineMs(superseded.document));
    timer.unref();
  }
}

/** The longest time for which a request judged by this document can be under way before an upstream answers, in ms. */
export function longestDeadlineMs(document: PolicyDocument): number {
  const timeouts = Object.values(document.upstreams).map((upstream) => upstream.timeoutMs);
  return Math.max(0, ...timeouts) + deadlineSlackMs;
}
