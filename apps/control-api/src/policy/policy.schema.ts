import { ORACLE_KINDS } from '@app/policy';
import { z } from 'zod';

const text = z.string().nullable();
const short = z.string().min(1).max(1_000);
const some = z.array(short).max(1_000);

const ruleSchema = z.record(z.string(), z.unknown()).describe('As the configuration has it; durations in ms.');

export const policySchema = z.object({ hash: z.string(), rules: z.array(ruleSchema) }).meta({ id: 'Policy' });

export const policyVersions = z
  .object({
    items: z.array(
      z
        .object({ hash: z.string(), source: z.string(), by: z.string(), at: z.string(), current: z.boolean() })
        .meta({ id: 'PolicyVersion' }),
    ),
  })
  .meta({ id: 'PolicyVersions' });

export const policyVersionSchema = policySchema
  .extend({ source: z.string(), by: z.string(), at: z.string(), current: z.boolean() })
  .meta({ id: 'PolicyVersionRules' });

const hash = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|current)$/, 'must be the hash of a version, or `current`')
  .describe('Hash of a version, or `current`.');

export const policyHash = hash;
export const policyDiffQuery = z.strictObject({ from: hash, to: hash.default('current') });

export const policyDiffSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    added: z.array(ruleSchema),
    removed: z.array(ruleSchema),
    changed: z.array(ruleSchema).describe('`name`, `keys` that differ, the rule `before` and `after`.'),
    reordered: z.boolean().describe('The rules both have stand in another order.'),
  })
  .meta({ id: 'PolicyDiff' });

export const policyCheckBody = z
  .strictObject({
    principal: z
      .strictObject({
        user: short.optional().describe('Left out: you.'),
        iss: short.optional(),
        sub: short.optional(),
        groups: some.default([]),
        act: some.default([]).describe('Agents acting for the person, outermost first.'),
        azp: short.nullable().default(null),
        purpose: short.nullable().default(null),
        acr: short.nullable().default(null).describe('How strongly they signed in.'),
        authTime: z.iso.datetime({ offset: true }).nullable().default(null).describe('When they signed in.'),
        claims: z.record(z.string().max(200), some).default({}),
      })
      .optional()
      .describe('Left out: you.'),
    operation: z
      .strictObject({
        sql: z
          .never(
            'cannot be described here: only a gateway knows the catalog of the target; give effect, verb, objects and reads instead',
          )
          .optional(),
        target: short,
        protocol: short.optional(),
        effect: z.enum(['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown']),
        verb: short.optional().describe('Left out: the effect class.'),
        kinds: some.optional().describe('Statement kinds, lower case; left out: the verb.'),
        objects: some.default([]).describe('`target.schema.table`'),
        onlyReads: some
          .optional()
          .describe('Objects that a write only reads, beside those it writes: rules for reading are asked about them.'),
        reads: some.default([]).describe('Protected classes.'),
        writes: some.default([]),
        filters: some.optional().describe('Left out: not known.'),
        oracles: z
          .array(z.strictObject({ kind: z.enum(ORACLE_KINDS), class: z.string().max(200) }))
          .max(1_000)
          .optional()
          .describe('Protected classes its author learns of without being shown them. Left out: not known.'),
        missing: z
          .array(z.enum(['where', 'limit']))
          .optional()
          .describe('Left out: not known.'),
        attributes: z.record(z.string().max(200), some).default({}),
        capabilities: some.default([]),
        rows: z.number().int().min(0).nullable().default(null).describe('Estimated rows of the result.'),
      })
      .describe('In the words of rules.'),
    address: z.string().max(100).optional().describe('Where the client connects from; left out: from here.'),
    at: z.iso.datetime({ offset: true }).optional().describe('Left out: now.'),
    policy: hash.optional().describe('Left out: the policy in force.'),
  })
  .meta({ id: 'PolicyCheck' });

export const policyCheckResult = z
  .object({
    decision: z.object({
      effect: z.enum(['allow', 'deny', 'hold']),
      code: z.string(),
      rules: z.array(z.string()),
      message: text,
      policy: z.string(),
      obligations: z.record(z.string(), z.unknown()),
      approval: z.record(z.string(), z.unknown()).nullable(),
    }),
    explain: z
      .array(
        z.object({
          rule: z.string(),
          effect: z.enum(['allow', 'deny', 'hold']),
          about: z
            .enum(['writes', 'reads'])
            .optional()
            .describe('Of a write that reads other objects: about which of them. Left out: about all.'),
          matched: z.boolean(),
          rowsOver: z.number().nullable().describe('It matched, and decides once a result has more rows than this.'),
          failed: z.record(z.string(), z.unknown()).nullable().describe('The first condition that does not hold.'),
          why: text,
        }),
      )
      .describe('Rule by rule; for those who may not read the policy only the rules that matched.'),
  })
  .meta({ id: 'PolicyCheckResult' });

export type PolicyJson = z.infer<typeof policySchema>;
export type PolicyVersionJson = z.infer<typeof policyVersionSchema>;
export type PolicyVersionsJson = z.infer<typeof policyVersions>;
export type PolicyDiffQuery = z.infer<typeof policyDiffQuery>;
export type PolicyDiffJson = z.infer<typeof policyDiffSchema>;
export type PolicyCheckBody = z.infer<typeof policyCheckBody>;
export type PolicyCheckResult = z.infer<typeof policyCheckResult>;
