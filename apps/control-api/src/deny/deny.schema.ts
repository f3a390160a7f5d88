import { z } from 'zod';

export const denyEntrySchema = z
  .object({
    id: z.string(),
    iss: z.string(),
    kind: z.enum(['sub', 'sid', 'jti']),
    value: z.string(),
    reason: z.string(),
    by: z.string(),
    at: z.string(),
    expires: z.string().nullable().describe('Null: for good.'),
  })
  .meta({ id: 'DenyEntry' });

export const denyList = z.object({ items: z.array(denyEntrySchema) }).meta({ id: 'DenyList' });

export const newDenyEntry = z
  .strictObject({
    iss: z.string().min(1).max(2_048).describe('The issuer, byte for byte as in its tokens.'),
    kind: z.enum(['sub', 'sid', 'jti']).describe('A person, a login session or one token.'),
    value: z.string().min(1).max(1_000),
    reason: z.string().trim().min(1).max(1_000),
    expires: z.string().optional().describe('ISO 8601 time; left out: for good.'),
  })
  .meta({ id: 'NewDenyEntry' });

export type DenyEntryJson = z.infer<typeof denyEntrySchema>;
export type NewDenyEntry = z.infer<typeof newDenyEntry>;
