import { dirname, resolve } from 'node:path';
import { canonicalize, digestDocument } from '../digest-document.js';
import type { KeySource, OpenApiDocument } from '../document.js';
import type { Finding, PolicyPath } from '../policy-problem.js';
import type { PolicyDraft } from '../schema/parse-draft.js';
import { bundleOpenApi } from './bundle-openapi.js';
import { checkKeySet } from './check-key-set.js';
import { loadSideFile } from './load-side-file.js';

export interface SideFiles {
  /** By issuer; missing where it has a fault. */
  readonly keySources: ReadonlyMap<string, KeySource>;
  /** Digests by route. */
  readonly openApis: ReadonlyMap<number, string>;
  readonly documents: Readonly<Record<string, OpenApiDocument>>;
  readonly findings: readonly Finding[];
}

/** Reads what the policy file at `policyPath` refers to, each file once. */
export function resolveSideFiles(draft: PolicyDraft, policyPath: string): SideFiles {
  const findings: Finding[] = [];
  const report = (path: PolicyPath, ...messages: readonly string[]) => findings.push(...messages.map((message) => ({ path, message })));
  const beside = (file: string) => resolve(dirname(policyPath), file);

  const keySources = new Map<string, KeySource>();
  for (const [name, issuer] of Object.entries(draft.issuers)) {
    const source = resolveKeySource(issuer, ['issuers', name], beside, report);
    if (source !== null) keySources.set(name, source);
  }

  const openApis = new Map<number, string>();
  const documents: Record<string, OpenApiDocument> = {};
  const bundles = new Map<string, ReturnType<typeof bundleOpenApi>>();
  for (const [i, { validate }] of draft.routes.entries()) {
    if (validate?.openapi === undefined) continue;
    const path = beside(validate.openapi);
    const bundle = bundles.get(path) ?? bundleOpenApi(path, validate.openapi);
    bundles.set(path, bundle);
    if (!bundle.ok) {
      report(['routes', i, 'validate', 'openapi'], ...bundle.messages);
      continue;
    }
    const document = canonicalize(bundle.document);
    const digest = digestDocument(document);
    documents[digest] = document;
    openApis.set(i, digest);
  }
  return { keySources, openApis, documents, findings };
}

function resolveKeySource(
  { jwksUri, jwks, jwksFile }: PolicyDraft['issuers'][string],
  path: PolicyPath,
  beside: (file: string) => string,
  report: (path: PolicyPath, message: string) => void,
): KeySource | null {
  const given = Object.entries({ jwksUri, jwks, jwksFile }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    report([...path, given[1]![0]], `an issuer has only one of "jwksUri", "jwks" and "jwksFile"`);
    return null;
  }
  if (jwksUri !== undefined) return { kind: 'uri', uri: jwksUri };
  if (jwks === undefined && jwksFile === undefined) return { kind: 'discover' };

  const place = [...path, jwksFile === undefined ? 'jwks' : 'jwksFile'];
  const file = jwksFile === undefined ? { ok: true as const, value: jwks } : loadSideFile(beside(jwksFile), jwksFile);
  const keySet = file.ok ? checkKeySet(file.value) : file;
  if (keySet.ok) return { kind: 'inline', jwks: keySet.jwks };
  report(place, file.ok && jwksFile !== undefined ? `the file "${jwksFile}" ${keySet.message}` : keySet.message);
  return null;
}
