import type { CloudEvent } from '@sallyport/events';
import { stageNames, type StageName } from '@sallyport/pipeline';
import type { RecordedRequest, RequestRecord } from './find-request.js';

/** What one stage did with a request. */
export interface StageAccount {
  readonly stage: StageName;
  /**
   * `deny`: it refused the request. `failed`: it let it pass, and then could not bring it to its end. `open`: it failed itself, and
   * the policy lets requests pass then. `unreached`: the request did not get that far.
   */
  readonly verdict: 'allow' | 'deny' | 'failed' | 'open' | 'unreached';
  /** Time in the stage, without the upstream; for the ingress also the way between the stages. */
  readonly us: number;
  readonly reason: string;
  readonly detail: string;
  /** What it would have refused, were these checks not in shadow mode. */
  readonly shadow: readonly { readonly reason: string; readonly detail: string }[];
}

/** The account of all stages, in the order of the pipeline. */
export function accountStages({ request, events }: RecordedRequest): StageAccount[] {
  const told = events.map(readDenial);
  return stageNames.map((stage) => {
    const verdict = verdictOf(stage, request);
    const reason = verdict === 'deny' || verdict === 'failed' ? request.reason : '';
    const own = told.filter((event) => event.stage === stage);
    return {
      stage,
      verdict,
      us: timeIn(stage, request),
      reason,
      detail: own.find((event) => event.mode !== 'shadow' && (reason === '' || event.reason === reason))?.detail ?? '',
      shadow: own.filter((event) => event.mode === 'shadow').map((event) => ({ reason: event.reason, detail: event.detail })),
    };
  });
}

function verdictOf(stage: StageName, request: RequestRecord): StageAccount['verdict'] {
  if (stage === request.stage) return request.decision === 'deny' ? 'deny' : 'failed';
  if (request.open_failures.includes(stage)) return 'open';
  if (request.decision === 'allow' || stage === 'ingress') return 'allow';
  const isBefore = stageNames.indexOf(stage) < stageNames.indexOf(request.stage as StageName);
  return isBefore || timeIn(stage, request) > 0 ? 'allow' : 'unreached';
}

function timeIn(stage: StageName, request: RequestRecord): number {
  const { auth_us: auth, quota_us: quota, validation_us: validation, routing_us: routing } = request;
  const times = { auth, quota, validation, routing };
  if (stage !== 'ingress') return times[stage];
  return Math.max(0, request.total_us - auth - quota - validation - routing - request.upstream_us);
}

interface Denial {
  readonly stage: string;
  readonly mode: string;
  readonly reason: string;
  readonly detail: string;
}

function readDenial({ data }: CloudEvent): Denial {
  const about = (data['unmapped'] ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { stage: text(about['stage']), mode: text(about['mode']), reason: text(about['reason']), detail: text(data['status_detail']) };
}
