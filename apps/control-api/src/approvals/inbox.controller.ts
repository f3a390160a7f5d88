import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller } from '../access/caller.js';
import { Inbox } from './inbox.js';

@ApiTags('approvals')
@ApiBearerAuth()
@Controller('v1/approvals/events')
export class InboxController {
  constructor(
    private readonly inbox: Inbox,
    private readonly access: AccessRecord,
  ) {}

  /**
   * Server-Sent Events: first every pending approval you may see, then each of them whenever it changes and each new one. Events
   * `approval` carry the approval as in the list; `ready` says that all that was pending has been sent; `end` why the stream ends. After
   * a break all that is pending comes again, whatever `Last-Event-ID` says.
   */
  @Get()
  @ApiOkResponse({ description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async events(@CalledBy() caller: Caller, @Res() reply: FastifyReply): Promise<void> {
    await this.access.write('search.ran', caller, { of: 'approvals', state: 'pending', follow: true });
    const stream = this.inbox.open(caller);
    await reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  }
}
