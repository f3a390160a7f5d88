import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ulid } from '@app/platform';
import { DenyListStore, type StoredDenyEntry } from '@app/store';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller, isAuditor, requireAdministrator } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';
import { idParameter, timeOf } from '../queries.js';
import { type DenyEntryJson, denyEntrySchema, denyList, newDenyEntry, type NewDenyEntry } from './deny.schema.js';
import { DenyRefresher } from './deny-refresher.js';

@ApiTags('deny')
@ApiBearerAuth()
@Controller('v1/deny')
export class DenyController {
  constructor(
    private readonly store: DenyListStore,
    private readonly refresher: DenyRefresher,
    private readonly access: AccessRecord,
    private readonly clock: Clock,
  ) {}

  /** Entries in force, newest first; for administrators and auditors. */
  @Get()
  @ApiOkResponse({ standardSchema: denyList })
  async list(@CalledBy() caller: Caller): Promise<{ items: DenyEntryJson[] }> {
    if (!isAuditor(caller)) requireAdministrator(caller, 'read the deny-list');
    return { items: (await this.store.list(new Date(this.clock.now()))).map(toJson) };
  }

  /** Refuses a person, a login session or one token of an issuer; gateways learn of it within 10 s. */
  @Post()
  @ApiCreatedResponse({ standardSchema: denyEntrySchema })
  async add(@CalledBy() caller: Caller, @Body({ schema: newDenyEntry }) body: NewDenyEntry): Promise<DenyEntryJson> {
    requireAdministrator(caller, 'change the deny-list');
    const now = this.clock.now();
    const expires = timeOf('expires', body.expires) ?? null;
    if (expires && expires.getTime() <= now) throw new ProblemError('bad-request', '"expires" is in the past');
    const { iss, sub, user } = caller.principal;
    const entry = { ...body, id: ulid(now), expires, by: { iss, sub, user } };
    await this.access.write('deny.changed', caller, { added: { ...entry, by: undefined } });
    const stored = await this.store.add(entry);
    await this.refresher.refresh();
    return toJson(stored);
  }

  /** Takes an entry back. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async remove(@CalledBy() caller: Caller, @Param('id', { schema: idParameter }) id: string): Promise<void> {
    requireAdministrator(caller, 'change the deny-list');
    const entry = await this.store.get(id);
    if (!entry) throw new ProblemError('not-found', `there is no entry ${id}`);
    const { iss, kind, value } = entry;
    await this.access.write('deny.changed', caller, { removed: { id, iss, kind, value } });
    await this.store.remove(id);
    await this.refresher.refresh();
  }
}

function toJson({ id, iss, kind, value, reason, by, at, expires }: StoredDenyEntry): DenyEntryJson {
  return { id, iss, kind, value, reason, by: by.user, at: at.toISOString(), expires: expires?.toISOString() ?? null };
}
