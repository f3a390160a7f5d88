import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Target, TargetRegistry } from '@app/targets';
import { CalledBy, type Caller, isAdministrator } from '../access/caller.js';
import { ProblemError } from '../problem.js';

const targetSchema = z
  .object({
    name: z.string().describe('What clients give as database name.'),
    protocol: z.enum(['postgres', 'kubernetes']),
    release: z.enum(['durable', 'written']),
    record: z
      .union([z.literal('none'), z.literal('all'), z.object({ first: z.number() })])
      .describe('Masked rows kept of each result.'),
    address: z
      .object({ host: z.string(), port: z.number(), database: z.string(), tls: z.string(), user: z.string() })
      .nullable()
      .describe('For administrators only; never the password.'),
  })
  .meta({ id: 'Target' });
const targetList = z.object({ items: z.array(targetSchema) }).meta({ id: 'TargetList' });

type TargetJson = z.infer<typeof targetSchema>;

@ApiTags('targets')
@ApiBearerAuth()
@Controller('v1/targets')
export class TargetsController {
  constructor(private readonly targets: TargetRegistry) {}

  /** Targets behind the gateway, in the order of the configuration. Where they are is for administrators. */
  @Get()
  @ApiOkResponse({ standardSchema: targetList })
  list(@CalledBy() caller: Caller): { items: TargetJson[] } {
    return { items: this.targets.list().map((target) => toJson(target, caller)) };
  }

  @Get(':name')
  @ApiOkResponse({ standardSchema: targetSchema })
  show(@CalledBy() caller: Caller, @Param('name') name: string): TargetJson {
    const target = this.targets.get(name);
    if (!target) throw new ProblemError('not-found', `there is no target named ${name}`);
    return toJson(target, caller);
  }
}

function toJson(target: Target, caller: Caller): TargetJson {
  const { name, release, record } = target;
  if (target.kind === 'kubernetes') return { name, protocol: 'kubernetes', release, record, address: null };
  const { postgres, credential } = target;
  const { host, port, database, tls } = postgres;
  const address = isAdministrator(caller) ? { host, port, database, tls, user: credential.user } : null;
  return { name, protocol: 'postgres', release, record, address };
}
