import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { z } from 'zod';

const url = (what: string) => z.string().min(1).describe(what);
const pids = z.array(z.int().positive());

/** What the quick start writes when everything is ready, for scripts and tests. Parts that are absent are null. */
export const quickstartFileSchema = z
  .strictObject({
    version: z.literal(1),
    pid: z.int().positive().describe('The process that runs everything; stopping it stops all.'),
    home: z.string(),
    config: z.string().describe('The configuration in effect.'),
    ca: z.string().describe('Certificates to trust, PEM.'),
    postgres: z
      .strictObject({ host: z.string(), port: z.int(), tls: z.enum(['required']) })
      .nullable()
      .describe('Where PostgreSQL clients connect.'),
    kubernetes: z
      .strictObject({ url: z.string(), prefix: z.string() })
      .nullable()
      .describe('Where clients of clusters connect: url, prefix and name of the target.'),
    control: z.strictObject({ url: z.string(), openapi: z.string(), ready: z.string() }).nullable(),
    metrics: z.array(z.string()),
    issuer: z.strictObject({ url: z.string(), audience: z.string(), clientId: z.string() }).nullable(),
    people: z.array(
      z.strictObject({
        name: z.string(),
        user: z.string(),
        groups: z.array(z.string()),
        roles: z.array(z.string()),
        agent: z.string().nullable(),
        token: z.string(),
        expiresAt: z.iso.datetime(),
        kubeconfig: z.string().nullable().describe('A kubeconfig of this person, a context for each cluster.'),
      }),
    ),
    targets: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.enum(['postgres', 'kubernetes']),
        dsn: z.string().nullable().describe('Of a database, through the gateway; user and password are the caller’s.'),
        direct: z
          .union([
            z.strictObject({
              url: url("The gateway's role, past the gateway."),
              superuserUrl: z.string().nullable(),
              log: z.string().nullable().describe("The server's log of statements."),
            }),
            z.strictObject({ kubeconfig: url("The gateway's kubeconfig, past the gateway.") }),
          ])
          .nullable(),
        protected: z.array(z.string()).describe('Protected columns; of a cluster, protected fields.'),
      }),
    ),
    audit: z
      .strictObject({
        readerUrl: z.string().nullable(),
        superuserUrl: z.string().nullable(),
        journals: z.array(z.string()),
      })
      .nullable(),
    queue: z.string().nullable(),
    processes: z.record(z.string(), pids).describe('Process ids by app.'),
  })
  .describe('What a running quick start offers');

/** The content of `<home>/quickstart.json`. */
export type QuickstartFile = z.output<typeof quickstartFileSchema>;

/**
 * Writes `quickstart.json` in one step, readable by its owner only: a reader sees the whole file or none.
 * @throws ZodError when the data is not in the documented form
 */
export function writeQuickstartFile(path: string, data: QuickstartFile): void {
  const text = `${JSON.stringify(quickstartFileSchema.parse(data), null, 2)}\n`;
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}

/** Reads `quickstart.json`. @throws Error when there is none, ZodError when it is of another version or form */
export function readQuickstartFile(path: string): QuickstartFile {
  return quickstartFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}
