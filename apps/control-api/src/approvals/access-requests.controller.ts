import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller } from '../access/caller.js';
import { idParameter, type PageQuery, pageQuery } from '../queries.js';
import {
  accessRequestBody,
  type AccessRequestBody,
  breakGlassBody,
  type BreakGlassBody,
  glassReviewBody,
  type GlassReviewBody,
} from './access-request.schema.js';
import { AccessRequestsService } from './access-requests.service.js';
import { type ApprovalJson, approvalPage, type ApprovalPageJson, approvalSchema } from './approval.schema.js';
import { ApprovalsService } from './approvals.service.js';

@ApiTags('approvals')
@ApiBearerAuth()
@Controller('v1')
export class AccessRequestsController {
  constructor(
    private readonly requests: AccessRequestsService,
    private readonly approvals: ApprovalsService,
    private readonly access: AccessRecord,
  ) {}

  /** Asks for access ahead of time: everyone whom a rule would ask about something within the scope has to agree, within a day. */
  @Post('access-requests')
  @ApiCreatedResponse({ standardSchema: approvalSchema })
  request(
    @CalledBy() caller: Caller,
    @Body({ schema: accessRequestBody }) body: AccessRequestBody,
  ): Promise<ApprovalJson> {
    return this.requests.request(caller, body);
  }

  /** What is granted now: your own; for auditors and administrators everyone's. */
  @Get('grants')
  @ApiOkResponse({ standardSchema: approvalPage })
  async grants(@CalledBy() caller: Caller, @Query({ schema: pageQuery }) query: PageQuery): Promise<ApprovalPageJson> {
    const recorded = this.access.write('search.ran', caller, { of: 'grants', ...query });
    return this.access.alongside(recorded, this.approvals.grants(caller, query));
  }

  /** Grants at once what nobody can be asked for in time: an hour at most, everyone is told, everything recorded, reviewed within 72 h. */
  @Post('break-glass')
  @ApiCreatedResponse({ standardSchema: approvalSchema })
  breakGlass(
    @CalledBy() caller: Caller,
    @Body({ schema: breakGlassBody }) body: BreakGlassBody,
  ): Promise<ApprovalJson> {
    return this.requests.breakGlass(caller, body);
  }

  /** What somebody else says of it afterwards. */
  @Post('break-glass/:id/review')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: approvalSchema })
  review(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Body({ schema: glassReviewBody }) body: GlassReviewBody,
  ): Promise<ApprovalJson> {
    return this.requests.review(caller, id, body);
  }
}
