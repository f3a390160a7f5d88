import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller, visibleOperations } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import { idParameter, operationQuery, type OperationQuery, timeOf } from '../queries.js';
import { type OperationJson, operationSchema } from './operation.schema.js';
import { type RecordingJson, recordingSchema } from '../recordings/recording.schema.js';
import { RecordingsService } from '../recordings/recordings.service.js';
import { OperationsService } from './operations.service.js';

export const operationPage = z
  .object({ items: z.array(operationSchema), next: z.string().nullable() })
  .meta({ id: 'OperationPage' });

@ApiTags('operations')
@ApiBearerAuth()
@Controller('v1/operations')
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly recordings: RecordingsService,
    private readonly access: AccessRecord,
  ) {}

  /** Newest first. Auditors find everyone's, all others their own. The search itself is recorded. */
  @Get()
  @ApiOkResponse({ standardSchema: operationPage })
  async find(
    @CalledBy() caller: Caller,
    @Query({ schema: operationQuery }) query: OperationQuery,
  ): Promise<{ items: OperationJson[]; next: string | null }> {
    const { from, to, ...rest } = query;
    const filter = { ...rest, from: timeOf('from', from), to: timeOf('to', to), visibleTo: visibleOperations(caller) };
    const recorded = this.access.write('search.ran', caller, { of: 'operations', ...query });
    return this.access.alongside(recorded, this.operations.find(filter));
  }

  /** One operation, as far as the record keeps it. Looking at it is recorded. */
  @Get(':id')
  @ApiOkResponse({ standardSchema: operationSchema })
  async show(@CalledBy() caller: Caller, @Param('id', { schema: idParameter }) id: string): Promise<OperationJson> {
    const recorded = this.access.write('recording.viewed', caller, { operation: id });
    const operation = await this.access.alongside(recorded, this.operations.show(id, visibleOperations(caller)));
    if (!operation) throw new ProblemError('not-found', `there is no operation ${id} that you may see`);
    return operation;
  }

  /** What went in and out of one exec or attach, to be replayed. Looking at it is recorded. */
  @Get(':id/recording')
  @ApiOkResponse({ standardSchema: recordingSchema })
  async replay(@CalledBy() caller: Caller, @Param('id', { schema: idParameter }) id: string): Promise<RecordingJson> {
    const recorded = this.access.write('recording.viewed', caller, { operation: id, recording: true });
    const found = await this.access.alongside(recorded, this.recordings.show(id, visibleOperations(caller)));
    if (!found) throw new ProblemError('not-found', `there is no operation ${id} that you may see`);
    if (found === 'none') throw new ProblemError('not-found', `operation ${id} has no recording`);
    return found;
  }
}
