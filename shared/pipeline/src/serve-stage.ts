import {
  type ByteWriter,
  type Passage,
  type SectionName,
} from '@sallyport/envelope';
import type { RoutePolicy } from '@sallyport/policy';
import { deny, type Verdict } from '@sallyport/verdict';
import { afterDeadline } from './after-deadline.js';
import { BodyBrokenOffError } from './body-puller.js';
import { Hop, type HopRequest } from './hop.js';
import type { CompiledRevision, PolicyStore } from './policy-store.js';
import type { CallerFacts, ServiceRuntime } from './service-runtime.js';
import { type StageName, subjects } from './stages.js';

/**
 * What makes a stage. `gather` does what needs I/O and yields facts; `decide` is pure: no I/O, no clock, no logs. Everything
 * else (bus, deadlines, revisions, shadow mode, failure modes, events, metrics) is written once, in `serveStage`.
 */
export interface Stage<Policy, Gathered, State, Facts> {
  readonly name: Exclude<StageName, 'ingress' | 'routing'>;
  readonly policies: PolicyStore<Policy>;
  readonly state: State;
  /** Called once, before the first request, with the stage's end of the pipeline. */
  readonly prepare?: (hop: Hop) => void;
  readonly gather: (request: HopRequest, policy: Policy) => Gathered | Promise<Gathered>;
  readonly decide: (
    request: HopRequest,
    policy: Policy,
    gathered: Gathered,
    state: State,
    nowMs: number,
  ) => StageDecision<Facts>;
  /** The stage's own clock, for state that must not follow a caller's; by default time is the ingress's stamp. */
  readonly nowMs?: () => number;
  /** Takes what is no request to be judged; true when it was none. */
  readonly intercept?: (request: HopRequest, policy: Policy) => boolean;
  /** Called after this stage has refused a request, or would have in shadow mode. */
  readonly afterDenial?: (request: HopRequest, policy: Policy) => void;
  /** Facts to go on with where a denial is not enforced, and where a failed stage may be passed. */
  readonly unjudged: (request: HopRequest) => { readonly facts: Facts; readonly next: string };
  /** The checks of `shadow:` in the policy file that this stage performs. */
  readonly shadowedBy: readonly RoutePolicy['shadow'][number][];
  /** Sections handed on, besides the one that `write` adds. */
  readonly keep: readonly SectionName[];
  readonly write: (writer: ByteWriter, passage: Passage, facts: Facts) => void;
  /** The caller, as far as this stage's facts say. */
  readonly describe?: (facts: Facts) => CallerFacts;
}

export interface StageDecision<Facts> {
  readonly verdict: Verdict<Facts>;
  /** Subject of whoever goes on; of no account in a denial. */
  readonly next: string;
  /** What was found before the denial, for the record and the event. */
  readonly known?: Facts;
}

/** Serves a stage on its subject until the runtime stops; resolves when it is subscribed. */
export async function serveStage<Policy, Gathered, State, Facts>(
  runtime: ServiceRuntime,
  stage: Stage<Policy, Gathered, State, Facts>,
): Promise<Hop> {
  const serving = new ServingStage(runtime, stage);
  stage.prepare?.(serving.hop);
  await runtime.listen(stageSubject(stage.name, runtime.instance), serving.hop);
  return serving.hop;
}

function stageSubject(name: Exclude<StageName, 'ingress'>, instance: string): { subject: string; queue?: string } {
  return name === 'quota' ? { subject: subjects.quota(instance) } : { subject: subjects[name], queue: name };
}

/** Whoever gathers gives up at the deadline itself; this is for what never ends. */
const lateMs = 25;

class ServingStage<Policy, Gathered, State, Facts> {
  readonly hop: Hop;
  readonly #runtime: ServiceRuntime;
  readonly #stage: Stage<Policy, Gathered, State, Facts>;

  constructor(runtime: ServiceRuntime, stage: Stage<Policy, Gathered, State, Facts>) {
    this.#runtime = runtime;
    this.#stage = stage;
    this.hop = runtime.createHop(stage.name, (request) => this.#handle(request));
  }

  #handle(request: HopRequest): void {
    const compiled = this.#stage.policies.get(request.revision);
    if (compiled !== undefined) this.#judge(request, compiled);
    else void this.#judgeLater(request);
  }

  async #judgeLater(request: HopRequest): Promise<void> {
    const compiled = await this.#runtime.awaitRevision(this.#stage.policies, request);
    if (compiled !== undefined) this.#judge(request, compiled);
    else this.#runtime.deny(this.hop, request, undefined, deny('policy_unavailable'));
  }

  #judge(request: HopRequest, compiled: CompiledRevision<Policy>): void {
    try {
      if (this.#stage.intercept?.(request, compiled.policy) === true) return;
      const gathered = this.#stage.gather(request, compiled.policy);
      if (!(gathered instanceof Promise)) this.#decide(request, compiled, gathered);
      else void this.#decideLater(request, compiled, gathered);
    } catch (error) {
      this.#failed(request, compiled, error);
    }
  }

  async #decideLater(
    request: HopRequest,
    compiled: CompiledRevision<Policy>,
    gathered: Promise<Gathered>,
  ): Promise<void> {
    let stopWaiting = () => {};
    try {
      const late = new Promise<never>((_, reject) => {
        stopWaiting = afterDeadline(request, lateMs, () => reject(new Error('the facts came too late')));
      });
      this.#decide(request, compiled, await Promise.race([gathered, late]));
    } catch (error) {
      this.#failed(request, compiled, error);
    } finally {
      stopWaiting();
    }
  }

  #decide(request: HopRequest, compiled: CompiledRevision<Policy>, gathered: Gathered): void {
    const stage = this.#stage;
    const nowMs = stage.nowMs?.() ?? request.receivedAtMs;
    const { verdict, next, known } = stage.decide(request, compiled.policy, gathered, stage.state, nowMs);
    if (verdict.kind === 'allow') {
      this.#pass(request, next, { elapsedUs: request.elapsedUs(), failedOpen: false, shadowReason: '' }, verdict.facts);
      return;
    }
    // A stage that says that it cannot judge has failed, as one that throws has.
    if (verdict.reason === 'stage_unavailable' && this.#passOpen(request, compiled)) return;
    stage.afterDenial?.(request, compiled.policy);
    const route = compiled.document.routes[request.routeIndex];
    if (route === undefined || !stage.shadowedBy.some((check) => route.shadow.includes(check))) {
      const passage = { elapsedUs: request.elapsedUs(), failedOpen: false, shadowReason: '' };
      this.#runtime.deny(this.hop, request, route?.id, verdict, known && {
        write: (writer) => stage.write(writer, passage, known),
        ...stage.describe?.(known),
      });
      return;
    }
    const unjudged = stage.unjudged(request);
    this.#runtime.shadowDenied(request, route.id, verdict);
    this.#pass(
      request,
      unjudged.next,
      { elapsedUs: request.elapsedUs(), failedOpen: false, shadowReason: verdict.reason },
      unjudged.facts,
    );
  }

  #failed(request: HopRequest, compiled: CompiledRevision<Policy>, error: unknown): void {
    // The ingress has answered, recorded and published already.
    if (error instanceof BodyBrokenOffError) return;
    this.#runtime.logger.error({ err: error, requestId: request.requestId }, 'the stage failed on a request');
    if (this.#passOpen(request, compiled)) return;
    this.#runtime.deny(this.hop, request, compiled.document.routes[request.routeIndex]?.id, deny('stage_unavailable'));
  }

  /** Lets a request pass that this stage failed to judge, if its route says so; false if it does not. */
  #passOpen(request: HopRequest, compiled: CompiledRevision<Policy>): boolean {
    const { name } = this.#stage;
    const route = compiled.document.routes[request.routeIndex];
    if (name === 'auth' || route?.onFailure[name] !== 'open') return false;
    const unjudged = this.#stage.unjudged(request);
    this.#runtime.failedOpen(request, route.id);
    this.#pass(request, unjudged.next, { elapsedUs: request.elapsedUs(), failedOpen: true, shadowReason: '' }, unjudged.facts);
    return true;
  }

  #pass(request: HopRequest, next: string, passage: Passage, facts: Facts): void {
    this.#runtime.decisions.add('allow');
    this.#runtime.trace(request, passage.shadowReason);
    this.hop.forward(request, next, this.#stage.keep, (writer) => this.#stage.write(writer, passage, facts));
  }
}
