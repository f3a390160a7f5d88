import { z } from 'zod';

const database = z.object({
  host: z.string(),
  port: z.number(),
  hosts: z
    .array(z.object({ host: z.string(), port: z.number() }))
    .optional()
    .describe('Several servers, in their order.'),
  database: z.string(),
  tls: z.string(),
  user: z.string(),
});
const cluster = z.object({
  server: z.string().nullable().describe('URL of the API server; null: the kubeconfig is not given to this process.'),
  context: z.string().nullable(),
  identity: z.enum(['auto', 'impersonate', 'service-account']),
});

const finding = z
  .object({
    code: z.string().describe('What kind of thing, for programs.'),
    severity: z.enum(['error', 'warning', 'note']),
    what: z.string().describe('What was found, by name.'),
    why: z.string().describe('Why it matters.'),
    sql: z.array(z.string()).describe('Statements for an administrator of the server, in order.'),
    setting: z.string().nullable().describe('What to change elsewhere, in words.'),
  })
  .meta({ id: 'TargetFinding' });

export const targetCheckSchema = z
  .object({
    gateway: z.string().describe('The gateway that looked: its name and its machine.'),
    at: z.string().describe('When, by the clock of the audit database.'),
    ageSeconds: z.number(),
    server: z.string().nullable().describe('What answered, as it names itself; null: nothing did.'),
    findings: z.array(finding).describe('Worst first; empty: nothing speaks against the target.'),
  })
  .meta({ id: 'TargetCheck' });

export const targetChecksSchema = z
  .object({
    target: z.string(),
    fresh: z.boolean().describe('A gateway has looked since this was asked for.'),
    checks: z.array(targetCheckSchema).describe('The last look of each gateway, newest first.'),
  })
  .meta({ id: 'TargetChecks' });

export const targetSchema = z
  .object({
    name: z.string().describe('What clients give as database name, or behind `/k8s/`.'),
    protocol: z.enum(['postgres', 'kubernetes']),
    release: z.enum(['durable', 'written']),
    record: z
      .union([z.literal('none'), z.literal('all'), z.object({ first: z.number() })])
      .describe('Masked rows kept of each result.'),
    address: z.union([database, cluster]).nullable().describe('For administrators only; never a credential.'),
  })
  .meta({ id: 'Target' });
export const targetList = z.object({ items: z.array(targetSchema) }).meta({ id: 'TargetList' });

const entry = <Key extends string>(key: Key) =>
  z.array(z.object({ name: z.string() }).and(z.record(z.literal(key), z.record(z.string(), z.unknown()))));

/** A kubeconfig as JSON. @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export const kubeconfigSchema = z
  .object({
    apiVersion: z.literal('v1'),
    kind: z.literal('Config'),
    clusters: entry('cluster'),
    users: entry('user'),
    contexts: entry('context'),
    'current-context': z.string(),
  })
  .meta({ id: 'Kubeconfig' });

export type TargetCheckJson = z.infer<typeof targetCheckSchema>;
export type TargetChecksJson = z.infer<typeof targetChecksSchema>;
export type TargetJson = z.infer<typeof targetSchema>;
