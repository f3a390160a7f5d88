import { createHmac } from 'node:crypto';
import { type Secret } from '@app/platform';

const PREFIX = 'whsec_';

/** One message as it is sent. */
export interface SignedMessage {
  /** the same at every attempt: receivers drop what they have seen */
  readonly id: string;
  /** ms since 1970 of this attempt */
  readonly at: number;
  /** the exact bytes of the body, as text */
  readonly body: string;
}

/**
 * Headers of a message by Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`
 * (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`).
 * @param secret `whsec_` and the key in base64
 */
export function signatureHeaders({ id, at, body }: SignedMessage, secret: Secret): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const text = secret.reveal();
  const key = Buffer.from(text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text, 'base64');
  if (key.length === 0) throw new Error('the secret of the webhook has no key behind "whsec_"');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
