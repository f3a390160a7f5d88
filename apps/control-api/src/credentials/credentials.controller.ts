import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AccessRecord } from '../access/access-record.js';
import { CalledBy, type Caller } from '../access/caller.js';
import { hostName } from '../targets/listener-address.js';
import {
  credentialPage,
  type CredentialPageJson,
  credentialsQuery,
  type CredentialsQuery,
  mintedCredential,
  type MintedCredentialJson,
  nameParameter,
  newCredential,
  type NewCredentialBody,
} from './credential.schema.js';
import { CredentialsService } from './credentials.service.js';

@ApiTags('credentials')
@ApiBearerAuth()
@Controller('v1/credentials')
export class CredentialsController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly access: AccessRecord,
  ) {}

  /** A name and a secret that open one PostgreSQL target as whoever asks, for clients that cannot carry a token. */
  @Post()
  @ApiCreatedResponse({ standardSchema: mintedCredential })
  mint(
    @CalledBy() caller: Caller,
    @Body({ schema: newCredential }) body: NewCredentialBody,
    @Req() request: FastifyRequest,
    @Headers('host') host: string | undefined,
  ): Promise<MintedCredentialJson> {
    return this.credentials.mint(caller, body, request.ip, hostName(host));
  }

  /** Newest first: your own; for auditors and administrators everyone's. Those that ended are kept for a month. */
  @Get()
  @ApiOkResponse({ standardSchema: credentialPage })
  async list(
    @CalledBy() caller: Caller,
    @Query({ schema: credentialsQuery }) query: CredentialsQuery,
  ): Promise<CredentialPageJson> {
    const recorded = this.access.write('search.ran', caller, { of: 'credentials', ...query });
    return this.access.alongside(recorded, this.credentials.list(caller, query));
  }

  /** Revokes one: gateways learn of it within 10 s, sessions that it opened end within 30 s. */
  @Delete(':name')
  @HttpCode(204)
  @ApiNoContentResponse()
  async revoke(@CalledBy() caller: Caller, @Param('name', { schema: nameParameter }) name: string): Promise<void> {
    await this.credentials.revoke(caller, name);
  }
}
