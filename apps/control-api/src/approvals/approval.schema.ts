import { z } from 'zod';

const text = z.string().nullable();
const names = (length: number, least = 1) => z.array(z.string().min(1).max(length)).min(least).max(50).optional();
const actor = z.object({ iss: z.string(), sub: z.string(), user: z.string() });

export const scopeSchema = z
  .strictObject({
    targets: z.array(z.string().min(1).max(200)).min(1).max(20).describe('Globs over names of targets.'),
    does: z
      .array(z.enum(['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown']))
      .min(1)
      .optional()
      .describe('Effect classes; left out: all.'),
    statements: names(63).describe('Statement kinds, lower case; left out: all.'),
    objects: names(512).describe('Globs over `target.schema.table` or `target.namespace/resource`; left out: all.'),
    reads: names(63, 0).describe('Globs over protected classes that may be read; empty: none.'),
    writes: names(63, 0).describe('Globs over protected classes that may be written; empty: none.'),
    capabilities: names(63).describe('Globs over powers; left out: none.'),
    attributes: z
      .record(z.string().max(200), z.array(z.string().min(1).max(1_000)).min(1).max(50))
      .optional()
      .describe('Globs by name of attribute.'),
  })
  .describe('All that an operation does must be within it.')
  .meta({ id: 'AccessScope' });

const states = ['pending', 'approved', 'denied', 'expired', 'revoked', 'withdrawn', 'used'] as const;
const kinds = ['operation', 'rows', 'access', 'break-glass'] as const;

/** One approval as those may see it who may see it. */
export const approvalSchema = z
  .object({
    id: z.string(),
    kind: z
      .enum(kinds)
      .describe(
        '`operation`: one that was held; `rows`: the rest of a result; `access`: ahead of time; `break-glass`.',
      ),
    state: z.enum(states).describe('`approved`: it is a grant with uses left.'),
    digest: z.string().describe('What exactly may run; of a request for access, what exactly was asked for.'),
    target: z.string(),
    protocol: text,
    session: text,
    operation: text.describe('The operation that asked first.'),
    requester: actor.extend({
      act: z.array(z.string()).describe('Agents acting for the person, outermost first.'),
      azp: text,
      purpose: text,
      groups: z.array(z.string()),
    }),
    requirements: z
      .array(
        z.object({
          rule: z.string(),
          owner: text,
          reviewers: z.object({ groups: z.array(z.string()), users: z.array(z.string()) }),
          quorum: z.number(),
          stepUp: z.object({ acr: z.array(z.string()), within: z.number().nullable() }).nullable(),
          approved: z.number().describe('Distinct people who said yes so far.'),
        }),
      )
      .describe('Of every rule that held; each must be met.'),
    summary: z.string().describe('The begin of what is asked for, escaped, on one line.'),
    review: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe(
        'What reviewers are shown, as it is: escape it before you show it. Null in lists and for administrators.',
      ),
    text: text.describe('The same for people, invisible and bidirectional characters escaped.'),
    rendering: z.string().describe('Hash of the review; a decision names it.'),
    tooLong: z.boolean().describe('True: it cannot be shown whole, and therefore not approved.'),
    scope: z.record(z.string(), z.unknown()).nullable(),
    reason: text.describe('Why access was asked for.'),
    incident: text,
    unmask: z.array(z.string()).describe('Protected classes that leave unmasked.'),
    uses: z.number().nullable(),
    usesLeft: z.number().nullable(),
    notBefore: text,
    expires: z.string().describe('Pending: until when it can be decided; approved: until when it can be used.'),
    createdAt: z.string(),
    decidedAt: text,
    decisions: z.array(
      z.object({
        by: actor,
        decision: z.enum(['approve', 'deny']),
        rules: z.array(z.string()),
        reason: text,
        rendering: z.string(),
        unmask: z.array(z.string()).nullable().describe('Null: as asked.'),
        at: z.string(),
      }),
    ),
    waits: z.array(
      z.object({ operation: z.string(), since: z.string(), until: text, why: text.describe('How the wait ended.') }),
    ),
    usedBy: z.array(
      z.object({
        useNo: z.number(),
        epoch: z.string(),
        operation: z.string(),
        session: z.string(),
        at: z.string(),
        burnt: z.boolean().describe('True: consumed, but the record has no intent of it: not executed.'),
      }),
    ),
    revoked: z.object({ by: actor, reason: z.string(), at: z.string() }).nullable(),
    glass: z
      .object({
        due: z.string(),
        overdue: z.boolean(),
        reviewed: z.object({ by: actor, verdict: z.string(), reason: z.string(), at: z.string() }).nullable(),
      })
      .nullable()
      .describe('Of a broken glass: its review by another person.'),
    policy: z.string(),
    you: z.object({
      mayDecide: z.boolean(),
      why: text.describe('Why you may not decide.'),
      decided: z.boolean(),
    }),
  })
  .meta({ id: 'Approval' });

export const approvalPage = z
  .object({ items: z.array(approvalSchema), next: z.string().nullable() })
  .meta({ id: 'ApprovalPage' });

const flag = z.enum(['true', 'false']);

export const approvalsQuery = z.strictObject({
  state: z
    .string()
    .max(200)
    .transform((value, context) => {
      const given = value.split(',');
      const known = states.filter((state) => given.includes(state));
      if (known.length === given.length) return known;
      context.addIssue({ code: 'custom', message: `must be of ${states.join(', ')}, with commas between` });
      return z.NEVER;
    })
    .optional()
    .describe(`One or more of ${states.join(', ')}, with commas between.`),
  kind: z.enum(kinds).optional(),
  mine: flag.optional().describe('`true`: those you asked for.'),
  toDecide: flag.optional().describe('`true`: pending ones that wait for you.'),
  cursor: z.string().max(500).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('Items of a page.'),
});

export const waitQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^([1-9]|[1-5]\d|60)s?$/, 'must be from 1s to 60s')
    .transform((value) => Number.parseInt(value, 10) * 1_000)
    .optional()
    .describe('Answer when it is decided or changes, after this long at the latest: `60s`.'),
});

const reason = z.string().trim().min(1).max(1_000);
const classes = z.array(z.string().min(1).max(63)).max(50);

export const decisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'deny']),
    reason: reason.optional().describe('A denial needs one.'),
    rendering: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be the `rendering` of the approval as you were shown it')
      .describe('`rendering` of the approval as you were shown it.'),
    unmask: classes
      .optional()
      .describe('Protected classes that may leave unmasked; of an access request: fewer of them.'),
  })
  .meta({ id: 'NewDecision' });

export const revokeBody = z.strictObject({ reason }).meta({ id: 'Revocation' });

export type ApprovalJson = z.infer<typeof approvalSchema>;
export type ApprovalPageJson = z.infer<typeof approvalPage>;
export type ApprovalsQuery = z.infer<typeof approvalsQuery>;
export type WaitQuery = z.infer<typeof waitQuery>;
export type DecisionBody = z.infer<typeof decisionBody>;
export type RevokeBody = z.infer<typeof revokeBody>;
