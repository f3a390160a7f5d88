import { createHmac } from 'node:crypto';
import type { KeyStore } from '@app/audit';

/**
 * HMAC-SHA256 of exact texts under the monthly key, which is looked up again once a minute.
 * @returns a function from text to 64 lower-case hex digits
 */
export function exactHmac(keys: KeyStore): (text: string) => string {
  let key: Buffer | null = null;
  let until = 0;
  return (text) => {
    const now = Date.now();
    if (key === null || now >= until) {
      key = keys.monthKey(new Date(now).toISOString().slice(0, 7));
      until = now + 60_000;
    }
    return createHmac('sha256', key).update(text).digest('hex');
  };
}
