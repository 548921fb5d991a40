import { type SectionName, sectionMask } from '@sallyport/envelope';

/** The services that a request passes, in this order. */
export const stageNames = ['ingress', 'auth', 'quota', 'validation', 'routing'] as const;
export type StageName = (typeof stageNames)[number];

/** Subjects of the pipeline's account. `<instance>` is one process of a service. */
export const subjects = {
  auth: 'p.auth',
  quota: (instance: string) => `p.quota.${instance}`,
  validation: 'p.validation',
  routing: 'p.routing',
  deny: (ingress: string) => `p.deny.ingress.${ingress}`,
  response: (ingress: string) => `p.response.ingress.${ingress}`,
  pull: (ingress: string) => `p.pull.ingress.${ingress}`,
  body: (stage: 'validation' | 'routing', instance: string) => `p.body.${stage}.${instance}`,
  credit: (instance: string) => `p.credit.routing.${instance}`,
} as const;

interface StageRow {
  /** Subjects it may publish, besides nothing. */
  readonly publish: readonly string[];
  /** Subjects it may subscribe, besides its own inbox; `subject queue` allows the queue alone. */
  readonly subscribe: readonly string[];
  /** Sections that must be in an envelope handed to it, and those that may be. */
  readonly required: readonly SectionName[];
  readonly optional: readonly SectionName[];
}

/**
 * The one table of stages: the broker's permissions, and what each stage accepts from those before it, are made from it.
 * A stage can hand a request to the next stage only, and can answer the ingress.
 */
export const stageTable: Readonly<Record<StageName, StageRow>> = {
  ingress: {
    publish: ['p.auth', 'p.body.>', 'p.credit.>'],
    subscribe: ['p.deny.ingress.>', 'p.response.ingress.>', 'p.pull.ingress.>'],
    required: ['address'],
    optional: ['auth', 'quota', 'validation', 'routing', 'denial', 'response', 'chunk', 'credit'],
  },
  auth: {
    publish: ['p.quota.>', 'p.deny.ingress.>'],
    subscribe: ['p.auth auth'],
    required: ['request'],
    optional: ['credentials', 'body'],
  },
  quota: {
    publish: ['p.validation', 'p.quota.>', 'p.deny.ingress.>'],
    subscribe: ['p.quota.>'],
    required: ['request', 'auth'],
    // A denial comes from another owner, which asks for what was taken here to be given back.
    optional: ['body', 'quota', 'denial'],
  },
  validation: {
    publish: ['p.routing', 'p.deny.ingress.>', 'p.pull.ingress.>'],
    subscribe: ['p.validation validation', 'p.body.validation.>'],
    required: ['request', 'auth', 'quota'],
    optional: ['body'],
  },
  routing: {
    publish: ['p.response.ingress.>', 'p.deny.ingress.>', 'p.pull.ingress.>'],
    subscribe: ['p.routing routing', 'p.body.routing.>', 'p.credit.routing.>'],
    required: ['request', 'auth', 'quota', 'validation'],
    optional: ['body'],
  },
};

export interface SectionRule {
  readonly required: number;
  readonly allowed: number;
}

/** What may be in an envelope that reaches `stage`, as bit masks for `Sections.present`. */
export function sectionRule(stage: StageName): SectionRule {
  const { required, optional } = stageTable[stage];
  const requiredMask = sectionMask(required);
  return { required: requiredMask, allowed: requiredMask | sectionMask(optional) };
}
