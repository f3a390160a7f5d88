import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller } from '../access/caller.js';
import { idParameter } from '../queries.js';
import {
  type ApprovalJson,
  approvalPage,
  type ApprovalPageJson,
  approvalSchema,
  approvalsQuery,
  type ApprovalsQuery,
  decisionBody,
  type DecisionBody,
  revokeBody,
  type RevokeBody,
  waitQuery,
  type WaitQuery,
} from './approval.schema.js';
import { ApprovalsService } from './approvals.service.js';

@ApiTags('approvals')
@ApiBearerAuth()
@Controller('v1/approvals')
export class ApprovalsController {
  constructor(
    private readonly approvals: ApprovalsService,
    private readonly access: AccessRecord,
  ) {}

  /** Newest first: your own, those whose reviewers you are among, for auditors all; for administrators all, but not what was asked. */
  @Get()
  @ApiOkResponse({ standardSchema: approvalPage })
  async list(
    @CalledBy() caller: Caller,
    @Query({ schema: approvalsQuery }) query: ApprovalsQuery,
  ): Promise<ApprovalPageJson> {
    const recorded = this.access.write('search.ran', caller, { of: 'approvals', ...query });
    return this.access.alongside(recorded, this.approvals.list(caller, query));
  }

  /** One approval, with all that a reviewer has to read. With `wait` the answer comes when it is decided or changes. */
  @Get(':id')
  @ApiOkResponse({ standardSchema: approvalSchema })
  async show(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Query({ schema: waitQuery }) { wait }: WaitQuery,
    @Req() request: FastifyRequest,
  ): Promise<ApprovalJson> {
    await this.access.write('recording.viewed', caller, { approval: id, ...(wait === undefined ? {} : { wait }) });
    if (wait === undefined) return this.approvals.show(caller, id);
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    request.raw.socket.once('close', leave);
    try {
      return await this.approvals.wait(caller, id, wait, gone.signal);
    } finally {
      request.raw.socket.removeListener('close', leave);
    }
  }

  /** Approves or denies exactly what was shown. Each person once; never your own request, whatever your roles are. */
  @Post(':id/decision')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: approvalSchema })
  decide(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Body({ schema: decisionBody }) body: DecisionBody,
  ): Promise<ApprovalJson> {
    return this.approvals.decide(caller, id, body);
  }

  /** Takes a question or a grant back; what runs by it is ended. For who asked, its reviewers and administrators. */
  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: approvalSchema })
  revoke(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Body({ schema: revokeBody }) { reason }: RevokeBody,
  ): Promise<ApprovalJson> {
    return this.approvals.revoke(caller, id, reason);
  }
}
