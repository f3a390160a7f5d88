import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CalledBy, type Caller, isAuditor, requireAdministrator } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import { idParameter } from '../queries.js';
import {
  type NotificationJson,
  notificationList,
  type NotificationQuery,
  notificationQuery,
  notificationSchema,
} from './notification.schema.js';
import type { Notification } from './notification.js';
import { NotificationStore } from './notification.store.js';
import { NotificationTrigger } from './notification-trigger.js';

@ApiTags('notifications')
@ApiBearerAuth()
@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly store: NotificationStore,
    private readonly trigger: NotificationTrigger,
  ) {}

  /** What webhooks are told, newest first: what waits, what was sent in the last 30 days, and dead letters; for administrators and auditors. */
  @Get()
  @ApiOkResponse({ standardSchema: notificationList })
  async list(
    @CalledBy() caller: Caller,
    @Query({ schema: notificationQuery }) query: NotificationQuery,
  ): Promise<{ items: NotificationJson[]; next: string | null }> {
    if (!isAuditor(caller)) requireAdministrator(caller, 'see notifications');
    const { items, next } = await this.store.list(query);
    return { items: items.map(toJson), next };
  }

  /** Gives a dead letter all its attempts again. */
  @Post(':id/retry')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: notificationSchema })
  async retry(@CalledBy() caller: Caller, @Param('id', { schema: idParameter }) id: string): Promise<NotificationJson> {
    requireAdministrator(caller, 'send a notification again');
    const again = await this.store.retry(id);
    if (again) {
      this.trigger.changed(again.approval);
      return toJson(again);
    }
    const found = await this.store.get(id);
    if (!found) throw new ProblemError('not-found', `there is no notification ${id}`);
    throw new ProblemError('conflict', `notification ${id} is ${found.state}; only a dead one can be sent again`);
  }
}

function toJson({ id, payload, approval, webhook, state, attempts, nextAt, lastError, createdAt }: Notification) {
  return {
    id,
    type: payload.type,
    approval,
    webhook,
    state,
    attempts,
    nextAttempt: state === 'pending' ? nextAt.toISOString() : null,
    lastError,
    at: createdAt.toISOString(),
  };
}
