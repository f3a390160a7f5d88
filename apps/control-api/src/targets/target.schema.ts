import { z } from 'zod';

const database = z.object({
  host: z.string(),
  port: z.number(),
  database: z.string(),
  tls: z.string(),
  user: z.string(),
});
const cluster = z.object({
  server: z.string().nullable().describe('URL of the API server; null: the kubeconfig is not given to this process.'),
  context: z.string().nullable(),
  identity: z.enum(['auto', 'impersonate', 'service-account']),
});

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

export type TargetJson = z.infer<typeof targetSchema>;
