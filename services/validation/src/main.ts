import { type ValidationFacts, writeValidation } from '@sallyport/envelope';
import { BodyPuller, type Hop, PolicyStore, readServiceEnvironment, runService, serveStage, ServiceRuntime, subjects } from '@sallyport/pipeline';
import { hash } from 'node:crypto';
import { decide, type ValidationGathered } from './decide.js';
import { gather } from './gather.js';
import { compileValidationPolicy, type ValidationPolicy } from './policy.js';

const uninspected = new Uint8Array();
const unjudged: ValidationFacts = { pathTemplate: '', bodySha256: uninspected };

runService('validation', async () => {
  const runtime = await ServiceRuntime.start('validation', readServiceEnvironment());
  const policies: PolicyStore<ValidationPolicy> = new PolicyStore(
    ({ document }) => compileValidationPolicy(document, policies.current?.policy),
    runtime.logger,
  );
  await runtime.followPolicy(policies);
  let puller: BodyPuller | undefined;
  await serveStage<ValidationPolicy, ValidationGathered, undefined, ValidationFacts>(runtime, {
    name: 'validation',
    policies,
    state: undefined,
    prepare: (hop: Hop) => {
      puller = new BodyPuller(runtime.pipeline, hop, 'validation', runtime.instance);
    },
    gather: (request, policy) => gather(request, policy, puller!),
    decide: (request, policy, gathered) => {
      const verdict = decide(request, policy, gathered);
      if (verdict.kind === 'deny') return { verdict, next: '' };
      const { pathTemplate, bodyChecked } = verdict.facts;
      const bodySha256 = bodyChecked ? hash('sha256', gathered.body!, 'buffer') : uninspected;
      return { verdict: { kind: 'allow', facts: { pathTemplate, bodySha256 } }, next: subjects.routing };
    },
    unjudged: () => ({ facts: unjudged, next: subjects.routing }),
    shadowedBy: ['schema'],
    keep: ['request', 'body', 'auth', 'quota'],
    write: writeValidation,
  });
  return () => runtime.stop();
});
