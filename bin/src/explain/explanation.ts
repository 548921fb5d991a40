import type { CloudEvent } from '@sallyport/events';
import type { PlanPolicy, RevisionManifest, RoutePolicy, UpstreamPolicy } from '@sallyport/policy';

/** What the admin API tells of a request. */
export interface Explanation {
  readonly request: RequestRecord;
  readonly stages: readonly StageAccount[];
  readonly events: readonly CloudEvent[];
  readonly revision: RevisionManifest | null;
  readonly policy: PolicyOfRequest | null;
}

/** The columns of `requests` that are told of. */
export interface RequestRecord {
  readonly ts: string;
  readonly request_id: string;
  readonly trace_id: string;
  readonly revision: number;
  readonly route: string;
  readonly method: string;
  readonly path_template: string;
  readonly status: number;
  readonly decision: 'allow' | 'deny';
  readonly stage: string;
  readonly reason: string;
  readonly consumer: string;
  readonly credential_kind: string;
  readonly credential_id: string;
  readonly client_ip: string;
  readonly tls: string;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly total_us: number;
  readonly upstream: string;
  readonly upstream_us: number;
  readonly upstream_status: number;
  readonly object_ids: Readonly<Record<string, string>>;
}

export interface StageAccount {
  readonly stage: string;
  readonly verdict: 'allow' | 'deny' | 'failed' | 'open' | 'unreached';
  readonly us: number;
  readonly reason: string;
  readonly detail: string;
  readonly shadow: readonly { readonly reason: string; readonly detail: string }[];
}

export interface PolicyOfRequest {
  readonly route: RoutePolicy | null;
  readonly upstream: UpstreamPolicy | null;
  readonly consumer: { readonly roles: readonly string[]; readonly plan: string | null } | null;
  readonly plan: PlanPolicy | null;
}
