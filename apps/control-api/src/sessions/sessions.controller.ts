import { Body, Controller, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SessionTerminationStore } from '@app/store';
import { AccessRecord } from '../access/access-record.js';
import {
  CalledBy,
  type Caller,
  isAdministrator,
  isVisible,
  visibleOperations,
  visibleSessions,
} from '../access/caller.js';
import type { OperationJson } from '../operations/operation.schema.js';
import { operationPage } from '../operations/operations.controller.js';
import { OperationsService } from '../operations/operations.service.js';
import { ProblemError } from '../problem.js';
import {
  idParameter,
  type PageQuery,
  pageQuery,
  type RecordingQuery,
  recordingQuery,
  sessionQuery,
  type SessionQuery,
  timeOf,
} from '../queries.js';
import { recordingPage, type RecordingPageJson } from '../recordings/recording.schema.js';
import { RecordingsService } from '../recordings/recordings.service.js';
import { readPlace } from '../recordings/replay-place.js';
import { SessionReplaysService } from '../recordings/session-replays.service.js';
import { type SessionJson, sessionPage, sessionSchema, type TerminateBody, terminateBody } from './session.schema.js';
import { type FoundSession, SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly operations: OperationsService,
    private readonly recordings: RecordingsService,
    private readonly replays: SessionReplaysService,
    private readonly terminations: SessionTerminationStore,
    private readonly access: AccessRecord,
  ) {}

  /** Newest first. Auditors and administrators find everyone's, all others their own. The search itself is recorded. */
  @Get()
  @ApiOkResponse({ standardSchema: sessionPage })
  async list(
    @CalledBy() caller: Caller,
    @Query({ schema: sessionQuery }) query: SessionQuery,
  ): Promise<{ items: SessionJson[]; next: string | null }> {
    const { live, from, to, ...rest } = query;
    const filter = {
      ...rest,
      from: timeOf('from', from),
      to: timeOf('to', to),
      live: live === undefined ? undefined : live === 'true',
      visibleTo: visibleSessions(caller),
    };
    const recorded = this.access.write('search.ran', caller, { of: 'sessions', ...query });
    return this.access.alongside(recorded, this.sessions.list(filter));
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: sessionSchema })
  async show(@CalledBy() caller: Caller, @Param('id', { schema: idParameter }) id: string): Promise<SessionJson> {
    const recorded = this.access.write('recording.viewed', caller, { session: id });
    return (await this.access.alongside(recorded, this.visible(caller, id))).json;
  }

  /** Operations of one session, newest first; an administrator who is no auditor reads only their own. */
  @Get(':id/operations')
  @ApiOkResponse({ standardSchema: operationPage })
  async listOperations(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Query({ schema: pageQuery }) query: PageQuery,
  ): Promise<{ items: OperationJson[]; next: string | null }> {
    const recorded = this.access.write('recording.viewed', caller, { session: id, operations: true, ...query });
    return this.access.alongside(
      recorded,
      this.readable(caller, id).then(() => this.operations.find({ ...query, session: id, visibleTo: null })),
    );
  }

  /**
   * For whoever may read its operations. Of a PostgreSQL session its timeline, `pg-replay/1` as lines of JSON (`application/x-ndjson`): a
   * header, frames, an end; an answer without its end was cut off. Of a session in a cluster its recordings, newest first; a page may
   * have fewer than its limit.
   */
  @Get(':id/recording')
  @ApiOkResponse({ standardSchema: recordingPage })
  async readRecording(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Query({ schema: recordingQuery }) query: RecordingQuery,
  ): Promise<RecordingPageJson | StreamableFile> {
    const { after, follow, ...page } = query;
    const place = after === undefined ? null : readPlace(after);
    if (after !== undefined && place === null)
      throw new ProblemError('bad-request', 'after: not a place in a timeline; take `next` of an earlier answer');
    const recorded = this.access.write('recording.viewed', caller, { session: id, recording: true, ...query });
    const { json } = await this.access.alongside(recorded, this.readable(caller, id));
    if (json.protocol !== 'postgres') return this.recordings.list({ ...page, session: id, visibleTo: null });
    const timeline = this.replays.open(json, { after: place, follow: follow === 'true' });
    return new StreamableFile(timeline, { type: 'application/x-ndjson; charset=utf-8' });
  }

  /** Ends a session within seconds: an administrator any, everyone their own. */
  @Post(':id/terminate')
  @HttpCode(202)
  @ApiOkResponse({ standardSchema: sessionSchema })
  async terminate(
    @CalledBy() caller: Caller,
    @Param('id', { schema: idParameter }) id: string,
    @Body({ schema: terminateBody }) { reason }: TerminateBody,
  ): Promise<SessionJson> {
    const { json, owner } = await this.visible(caller, id);
    const { iss, sub, user } = caller.principal;
    if (!isAdministrator(caller) && !isVisible({ iss, sub }, owner))
      throw new ProblemError('forbidden', 'only an administrator may end the session of someone else');
    if (!json.live) throw new ProblemError('conflict', `the session ended at ${json.closedAt ?? 'an unknown time'}`);
    // Recorded first: what cannot be recorded is not done.
    await this.access.write('session.terminated', caller, { session: id, reason }, id);
    await this.terminations.terminate(id, { iss, sub, user }, reason);
    return (await this.visible(caller, id)).json;
  }

  /** @throws ProblemError unless the caller may read what was asked in the session */
  private async readable(caller: Caller, id: string): Promise<FoundSession> {
    const found = await this.visible(caller, id);
    if (!isVisible(visibleOperations(caller), found.owner))
      throw new ProblemError('forbidden', 'an administrator sees that the session is, not what was asked in it');
    return found;
  }

  private async visible(caller: Caller, id: string): Promise<FoundSession> {
    const found = await this.sessions.find(id);
    if (!found || !isVisible(visibleSessions(caller), found.owner))
      throw new ProblemError('not-found', `there is no session ${id} that you may see`);
    return found;
  }
}
