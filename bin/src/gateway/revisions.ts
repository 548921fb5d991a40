import type { PolicyDocument, RevisionManifest } from '@sallyport/policy';
import { type AdminClient, RefusedError } from './admin-client.js';

/** A policy revision as the admin API gives it. */
export interface StoredRevision {
  readonly manifest: RevisionManifest;
  readonly content: { readonly document: PolicyDocument; readonly source: string };
}

export interface ApplyResult {
  readonly revision: number;
  readonly changed: boolean;
}

/** The revision in force; undefined before the first. */
export async function getCurrentRevision(admin: AdminClient): Promise<StoredRevision | undefined> {
  try {
    return await admin.get<StoredRevision>('/api/v1/revisions/current');
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}
