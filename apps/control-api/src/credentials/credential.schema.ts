import { z } from 'zod';
import { compileNetwork, NetworkError } from '@app/identity';
import { duration } from '../approvals/durations.js';
import { page } from '../queries.js';

const DAY = 86_400_000;
const text = z.string();
const network = z
  .string()
  .max(64)
  .superRefine((value, context) => {
    try {
      compileNetwork(value);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

export const newCredential = z
  .strictObject({
    target: z.string().min(1).max(255).describe('Name of a PostgreSQL target; the credential opens this one only.'),
    ttl: duration(30 * DAY, 'what `credentials.maxTtl` of the configuration allows')
      .optional()
      .describe('How long it lives, `8h`: at most `credentials.maxTtl` of the configuration. Left out: 1h.'),
    networks: z
      .union([z.literal('mine'), z.array(network).min(1).max(32)], {
        error: 'must be "mine", or a list of 1 to 32 networks such as 10.0.0.0/8',
      })
      .optional()
      .describe('Where it may be used from: networks, or `mine`, the address of this request. Left out: anywhere.'),
    purpose: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe('What it is for, in words. Rules go by the purpose that the token states, not by this one.'),
  })
  .meta({ id: 'NewCredential' });

const shown = {
  name: text.describe('The user name of a connection.'),
  target: text,
  user: text.describe('Who minted it, and who acts through it.'),
  groups: z.array(text).describe('Of that person when it was minted; a change is seen by the next one only.'),
  act: z.array(text).describe('Agents that it was minted by, outermost first.'),
  networks: z.array(text).describe('Where it may be used from; empty: anywhere.'),
  purpose: text.nullable(),
  mintedAt: text,
  expiresAt: text,
};

export const mintedCredential = z
  .object({
    ...shown,
    secret: text.describe('The password. It is told here and never again.'),
    host: text.describe('Where clients connect.'),
    port: z.number(),
    database: text.describe('The database name of a connection: the name of the target.'),
    dsn: text.describe('A connection string without the secret.'),
    ca: text.nullable().describe('Certificates that sign the certificate of the gateway, PEM; null: not known here.'),
  })
  .meta({ id: 'MintedCredential' });

export const credentialSchema = z
  .object({
    ...shown,
    state: z.enum(['live', 'expired', 'revoked']),
    revokedAt: text.nullable(),
    revokedBy: text.nullable(),
  })
  .meta({ id: 'Credential' });

export const credentialPage = z
  .object({ items: z.array(credentialSchema), next: text.nullable() })
  .meta({ id: 'CredentialPage' });

export const credentialsQuery = z.strictObject({
  live: z.enum(['true', 'false']).optional().describe('`true`: neither expired nor revoked.'),
  target: z.string().min(1).max(255).optional(),
  ...page,
});

export const nameParameter = z
  .string()
  .regex(/^sp_[0-9A-Za-z]{22}$/, 'the name of a credential is sp_ and 22 letters and digits');

export type NewCredentialBody = z.infer<typeof newCredential>;
export type MintedCredentialJson = z.infer<typeof mintedCredential>;
export type CredentialJson = z.infer<typeof credentialSchema>;
export type CredentialPageJson = z.infer<typeof credentialPage>;
export type CredentialsQuery = z.infer<typeof credentialsQuery>;
