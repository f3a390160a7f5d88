import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CalledBy, type Caller } from './access/caller.js';
import { principalSchema } from './operations/operation.schema.js';

const whoamiSchema = principalSchema
  .extend({ roles: z.array(z.string()), expiresAt: z.string() })
  .meta({ id: 'Whoami' });

@ApiTags('whoami')
@ApiBearerAuth()
@Controller('v1/whoami')
export class WhoamiController {
  /** Who the token says you are, and what that lets you do here. */
  @Get()
  @ApiOkResponse({ standardSchema: whoamiSchema })
  whoami(@CalledBy() { principal, roles }: Caller): z.infer<typeof whoamiSchema> {
    const { iss, sub, user, groups, act, purpose, method, expiresAt } = principal;
    return {
      iss,
      sub,
      user,
      groups: [...groups],
      act: [...act],
      purpose,
      method,
      roles: [...roles],
      expiresAt: new Date(expiresAt).toISOString(),
    };
  }
}
