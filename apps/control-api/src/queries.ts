import { z } from 'zod';
import { ProblemError } from './problem.js';

const limitText = 'must be a whole number from 1 to 100';
const filter = z.string().min(1).max(1_000);

/** Where a page of a list begins, and how long it is. */
export const page = {
  cursor: z.string().max(500).optional().describe('`next` of the page before.'),
  limit: z.coerce
    .number(limitText)
    .int(limitText)
    .min(1, limitText)
    .max(100, limitText)
    .default(50)
    .describe('Items of a page.'),
};
const who = {
  person: filter.optional().describe('User, its part before `@`, or subject.'),
  agent: filter.optional().describe('An agent acting for the person; finds its parts too.'),
  target: filter.optional(),
  from: filter.optional().describe('ISO 8601 time, inclusive.'),
  to: filter.optional().describe('ISO 8601 time, exclusive.'),
};

export const pageQuery = z.strictObject(page);
export const operationQuery = z.strictObject({
  ...who,
  object: filter
    .optional()
    .describe('`customers`, `public.customers` or `crm.public.customers`; `web`, `pods/web` or `prod.team-a/pods`.'),
  decision: z.enum(['allow', 'deny', 'hold']).optional().describe('`hold`: it waited for people.'),
  effect: z
    .enum(['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown'])
    .optional()
    .describe('Effect class.'),
  verb: filter.optional().describe('The command, whatever its case: `SELECT`, `drop table`, `get`.'),
  text: filter.optional().describe('Found in verb, objects and the literal-stripped statement, whatever its case.'),
  ...page,
});
export const sessionQuery = z.strictObject({
  ...who,
  live: z.enum(['true', 'false']).optional().describe('`true`: not closed yet.'),
  ...page,
});
export const recordingQuery = z.strictObject({
  ...page,
  after: z.string().max(500).optional().describe('Of a timeline: `next` of the end of an earlier answer.'),
  follow: z
    .enum(['true', 'false'])
    .optional()
    .describe('Of a timeline: `true` waits for what a running session does next.'),
});
export const idParameter = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'an id has letters, digits, _ and -, 64 at most');

export type PageQuery = z.infer<typeof pageQuery>;
export type OperationQuery = z.infer<typeof operationQuery>;
export type RecordingQuery = z.infer<typeof recordingQuery>;
export type SessionQuery = z.infer<typeof sessionQuery>;

/** @throws ProblemError `bad-request` */
export function timeOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()))
    throw new ProblemError('bad-request', `"${name}" is not a time; write 2026-11-22 or 2026-11-22T12:00:00Z`, {
      errors: [{ at: name, message: 'is not an ISO 8601 time with a zone' }],
    });
  return time;
}
