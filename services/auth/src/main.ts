import { writeAuth } from '@sallyport/envelope';
import { PolicyStore, QuotaOwners, readServiceEnvironment, runService, serveStage, ServiceRuntime, subjects } from '@sallyport/pipeline';
import type { IssuerPolicy, MintedKey, Revocation } from '@sallyport/policy';
import { MintedKeys } from './api-key/minted-keys.js';
import { type AuthGathered, decide } from './decide.js';
import { type AuthState, gather } from './gather.js';
import { KeySet } from './jwt/key-set.js';
import { TokenVerifier } from './jwt/verify-token.js';
import { type AuthPolicy, compileAuthPolicy } from './policy.js';
import type { CallerFacts } from './principal.js';
import { Revocations } from './revocations.js';

runService('auth', async () => {
  const runtime = await ServiceRuntime.start('auth', readServiceEnvironment());
  const verifiers = new Map<string, TokenVerifier>();
  const verifierOf = (issuer: IssuerPolicy): TokenVerifier => {
    const id = JSON.stringify(issuer);
    let verifier = verifiers.get(id);
    if (verifier === undefined) {
      const keys = new KeySet({
        issuer: issuer.issuer,
        source: issuer.keySource,
        logger: runtime.logger,
        onIssuerDown: (name, message) =>
          runtime.publishFault('issuer_unreachable', 'The keys of an issuer could not be fetched; the last good ones serve.', {
            issuer: name,
            message,
          }),
      });
      verifier = new TokenVerifier(issuer, keys);
      verifiers.set(id, verifier);
    }
    return verifier;
  };

  const policies = new PolicyStore<AuthPolicy>(({ document }) => compileAuthPolicy(document, verifierOf), runtime.logger);
  const state: AuthState = { minted: new MintedKeys(), revocations: new Revocations() };
  const owners = new QuotaOwners(runtime.state);

  await runtime.followPolicy(policies, ({ key, content }) => {
    if (key.startsWith('key.')) state.minted.accept(JSON.parse(content.toString()) as MintedKey);
    else if (key.startsWith('revocation.')) state.revocations.accept(JSON.parse(content.toString()) as Revocation);
  });
  await serveStage<AuthPolicy, AuthGathered, AuthState, CallerFacts>(runtime, {
    name: 'auth',
    policies,
    state,
    gather: (request, policy) => gather(request, policy, state),
    decide: (request, policy, gathered) => {
      const decision = decide(request, policy, gathered);
      const { verdict } = decision;
      if (verdict.kind === 'deny') return { ...decision, next: '' };
      const { consumer, credentialId } = verdict.facts;
      return { verdict, next: subjects.quota(owners.ownerFor(consumer, credentialId, request.clientIp)) };
    },
    unjudged: () => {
      throw new Error('auth is never passed without a verdict');
    },
    shadowedBy: [],
    // The credential is left out here, and so never leaves this stage.
    keep: ['request', 'body'],
    write: (writer, passage, { encoded }) => writeAuth(writer, passage, encoded),
    describe: (facts) => facts,
  });
  return () => runtime.stop();
});
