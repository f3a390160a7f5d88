import { z } from 'zod';
import { principalSchema } from '../operations/operation.schema.js';

const text = z.string().nullable();

export const sessionSchema = z
  .object({
    id: z.string(),
    target: text,
    protocol: text,
    live: z.boolean().describe('No end was recorded yet.'),
    openedAt: z.string(),
    closedAt: text,
    why: text.describe('Why it ended.'),
    principal: principalSchema.nullable().describe('Null: erased.'),
    client: z.record(z.string(), z.unknown()).nullable(),
    upstream: z.record(z.string(), z.unknown()).nullable().describe('Process and address at the target.'),
    termination: z.object({ by: z.string(), reason: z.string(), at: z.string() }).nullable(),
    erased: z.boolean(),
    event: z.object({ epoch: z.string(), n: z.number() }),
  })
  .meta({ id: 'Session' });

export const sessionPage = z
  .object({ items: z.array(sessionSchema), next: z.string().nullable() })
  .meta({ id: 'SessionPage' });

export const terminateBody = z.strictObject({ reason: z.string().trim().min(1).max(1_000) }).meta({ id: 'Terminate' });

export type SessionJson = z.infer<typeof sessionSchema>;
export type TerminateBody = z.infer<typeof terminateBody>;
