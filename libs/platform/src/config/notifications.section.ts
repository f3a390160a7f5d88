import { z } from 'zod';
import type { References } from './references.js';
import { network, oneOrMany, text } from './scalars.js';

const EVENTS = ['requested', 'decided', 'expired', 'glass', 'reminder', 'overdue'] as const;
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where timers and notifications wait for their turn. */
export function queueSection(refs: References) {
  return z
    .strictObject({
      redis: refs.secret('control', redisUrlProblem).describe('URL of a Redis with `maxmemory-policy noeviction`.'),
    })
    .describe(
      'Where timers and notifications wait for their turn. Left out: in the audit database. The approvals themselves are never in it: it may lose everything.',
    );
}

/** Who is told of approvals, and how. */
export function notificationsSection(refs: References) {
  const webhook = z
    .strictObject({
      name: text(63).describe('Said in logs and metrics; unique.'),
      url: text(2_048).meta({ title: 'URL' }).describe('Where events are posted to.'),
      secret: refs
        .secret('control', signingSecretProblem)
        .describe('Signs what is posted: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks).'),
      events: z
        .array(z.enum(EVENTS))
        .min(1)
        .prefault([...EVENTS])
        .describe('Which: of approvals, of break-glass (`glass`) and of its review that is late (`overdue`).'),
      networks: oneOrMany(network())
        .default([])
        .describe(
          'Networks the URL may lead to although they are loopback, link-local or private (`10.0.0.0/8`). Left out: public addresses only.',
        ),
    })
    .superRefine(({ url, networks }, context) => {
      const message = webhookUrlProblem(url, networks);
      if (message !== null) context.addIssue({ code: 'custom', path: ['url'], message });
    });
  return z
    .strictObject({ webhooks: z.array(webhook).prefault([]).describe('Addresses that events are posted to, signed.') })
    .prefault({})
    .describe('Who is told of approvals, and how.');
}

function redisUrlProblem(value: string): string | undefined {
  const wanted = 'the reference must lead to a URL such as rediss://user:password@host:6379/0';
  if (!URL.canParse(value)) return wanted;
  const { protocol, hostname } = new URL(value);
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '' ? undefined : wanted;
}

function signingSecretProblem(value: string): string | undefined {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/u.exec(value)?.[1];
  const bytes = encoded === undefined ? 0 : Buffer.from(encoded, 'base64').length;
  if (bytes >= 24 && bytes <= 64) return undefined;
  return 'the reference must lead to whsec_ followed by 24 to 64 bytes in base64';
}

function webhookUrlProblem(value: string, networks: readonly string[]): string | null {
  if (!URL.canParse(value)) return 'is not a URL';
  const { protocol, hostname, username, password, hash } = new URL(value);
  if (username !== '' || password !== '') return 'must hold no credential';
  if (hash !== '') return 'must hold no fragment (#…)';
  if (protocol === 'https:') return null;
  if (protocol === 'http:' && (loopbackHosts.has(hostname) || networks.length > 0)) return null;
  return 'must start with https:// (http:// only on loopback, or where networks names internal ones)';
}
