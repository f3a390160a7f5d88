import { z } from 'zod';
import { pageQuery } from '../queries.js';

const states = ['pending', 'sent', 'dead'] as const;

export const notificationQuery = z.strictObject({
  state: z.enum(states).optional().describe('`dead`: given up after the last attempt.'),
  ...pageQuery.shape,
});

export const notificationSchema = z
  .object({
    id: z.string().describe('Sent as `webhook-id`, the same at every attempt.'),
    type: z.string().describe('`approval.requested`, `break-glass.overdue`, …'),
    approval: z.string(),
    webhook: z.string().describe('Its name in the configuration.'),
    state: z.enum(states),
    attempts: z.number().describe('Made so far, of 8.'),
    nextAttempt: z.string().nullable(),
    lastError: z.string().nullable(),
    at: z.string(),
  })
  .meta({ id: 'Notification' });

export const notificationList = z
  .object({ items: z.array(notificationSchema), next: z.string().nullable() })
  .meta({ id: 'NotificationList' });

export type NotificationQuery = z.infer<typeof notificationQuery>;
export type NotificationJson = z.infer<typeof notificationSchema>;
