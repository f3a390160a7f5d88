import type { Secret } from '@app/platform';
import { ATTEMPTS, retryDelay } from './retry-delay.js';
import type { Notification, NotificationKind } from './notification.js';
import type { NotificationStore } from './notification.store.js';
import type { Attempt, WebhookSender } from './webhook-sender.js';

/** One attempt ends long before this; then the row may be taken again. */
const CLAIM_MS = 60_000;

/** A webhook of the configuration. */
export interface Webhook {
  readonly name: string;
  readonly url: string;
  readonly secret: Secret;
  readonly events: readonly NotificationKind[];
  /** networks it may lie in though they are not public */
  readonly networks: readonly string[];
}

/** What came of one delivery. */
export interface Delivery {
  readonly notification: Notification;
  readonly attempt: Attempt;
  /** it will be tried again */
  readonly again: boolean;
}

/** Takes notifications to their webhooks, one attempt at a time. What happened is in the rows, never in a job. */
export class Courier {
  constructor(
    private readonly store: NotificationStore,
    private readonly sender: WebhookSender,
    private readonly webhooks: readonly Webhook[],
    private readonly now: () => number,
    private readonly random: () => number = Math.random,
  ) {}

  /** One attempt, if it is due. @returns null: it is not, or somebody else is at it. @throws what the database throws */
  async deliver(id: string): Promise<Delivery | null> {
    const notification = await this.store.claim(id, CLAIM_MS);
    if (notification === null) return null;
    const webhook = this.webhooks.find(({ name }) => name === notification.webhook);
    const attempt: Attempt = webhook
      ? await this.sender.send(webhook, { id, at: this.now(), body: JSON.stringify(notification.payload) })
      : { sent: false, gone: true, status: null, problem: 'the configuration has no webhook of this name any more' };
    if (attempt.sent) {
      await this.store.sent(id);
      return { notification, attempt, again: false };
    }
    const again = !attempt.gone && notification.attempts < ATTEMPTS;
    const delay = again ? retryDelay(notification.attempts, this.random()) : null;
    await this.store.failed(id, attempt.problem ?? 'it was not taken', delay);
    return { notification, attempt, again };
  }
}
