import { z } from 'zod';

const timeMs = z.int().describe('Milliseconds since the epoch');
const revisionNumber = z.int().positive();

export const manifestSchema = z.object({
  revision: revisionNumber,
  sha256: z.string().describe('Of the revision as it is stored'),
  parts: z.int(),
  createdAtMs: timeMs,
  author: z.string(),
  message: z.string(),
});

export const storedRevisionSchema = z.object({
  manifest: manifestSchema,
  content: z.object({
    document: z.looseObject({ version: z.literal(1) }).describe('The policy, normalized: every default filled in, side files included'),
    source: z.string().describe('The policy file as it was applied, before ${NAME} was replaced'),
  }),
});

export const applyResultSchema = z.object({
  revision: revisionNumber.describe('In force, and served by every live instance'),
  changed: z.boolean().describe('False when nothing changed, so that no revision was made'),
});

export const keySchema = z.object({
  id: z.string(),
  consumer: z.string(),
  scopes: z.array(z.string()),
  createdAtMs: timeMs.nullable().describe('null for a key of the policy file'),
  expiresAtMs: timeMs.nullable(),
  revokedAtMs: timeMs.nullable(),
  origin: z.enum(['minted', 'policy']),
});

export const revocationSchema = z.object({ kind: z.enum(['token-id', 'subject', 'key']), value: z.string(), revokedAtMs: timeMs });

export const statusSchema = z.object({
  revision: z.int().describe('The revision in force; 0 before the first'),
  ready: z.boolean(),
  problems: z.array(z.string()).describe('What keeps the gateway from serving that revision'),
  missing: z.array(z.string()).describe('Services of the pipeline of which no instance is alive'),
  instances: z.array(
    z.object({
      service: z.string(),
      instance: z.string(),
      pid: z.int(),
      startedAtMs: timeMs,
      sentAtMs: timeMs,
      revision: z.int(),
      controlSequence: z.int(),
      failure: z.string(),
    }),
  ),
  recording: z.object({
    warehouseUp: z.boolean().describe('Whether ClickHouse answers'),
    lagSeconds: z.number().nullable().describe('Age of the newest record when ClickHouse had it; null without a recorder'),
    waitingBytes: z.number().describe('Records that JetStream has not acknowledged to their ingress yet'),
    waitingEvents: z.number().describe('Security events that JetStream has not acknowledged yet'),
  }),
});
