import { z } from 'zod';
import { scopeSchema } from './approval.schema.js';
import { duration } from './durations.js';

const HOUR = 3_600_000;
const reason = z.string().trim().min(1).max(1_000);
const unmask = z
  .array(z.string().min(1).max(63))
  .max(50)
  .default([])
  .describe('Protected classes that shall leave unmasked; the record keeps them masked.');

export const accessRequestBody = z
  .strictObject({ scope: scopeSchema, duration: duration(30 * 24 * HOUR, '30d'), reason, unmask })
  .meta({ id: 'NewAccessRequest' });

export const breakGlassBody = z
  .strictObject({
    scope: scopeSchema,
    duration: duration(HOUR, '1h'),
    reason,
    incident: z.string().trim().min(1).max(200).describe('Id of the incident.'),
    unmask,
  })
  .meta({ id: 'NewBreakGlass' });

export const glassReviewBody = z
  .strictObject({ verdict: z.enum(['justified', 'unjustified']), reason })
  .meta({ id: 'GlassReview' });

export type AccessRequestBody = z.infer<typeof accessRequestBody>;
export type BreakGlassBody = z.infer<typeof breakGlassBody>;
export type GlassReviewBody = z.infer<typeof glassReviewBody>;
