import { Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Secret } from '@app/platform';
import { clientKubeconfig, type ClientKubeconfig, clusterAddress, type Target, TargetRegistry } from '@app/targets';
import { CalledBy, type Caller, isAdministrator, requireAdministrator } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import { KubeListener } from './kube-listener.js';
import { hostName } from './listener-address.js';
import { TargetChecksService } from './target-checks.service.js';
import {
  kubeconfigSchema,
  type TargetChecksJson,
  targetChecksSchema,
  type TargetJson,
  targetList,
  targetSchema,
} from './target.schema.js';

@ApiTags('targets')
@ApiBearerAuth()
@Controller('v1/targets')
export class TargetsController {
  constructor(
    private readonly targets: TargetRegistry,
    private readonly kubeListener: KubeListener,
    private readonly checks: TargetChecksService,
  ) {}

  /** Targets behind the gateway, in the order of the configuration. Where they are is for administrators. */
  @Get()
  @ApiOkResponse({ standardSchema: targetList })
  list(@CalledBy() caller: Caller): { items: TargetJson[] } {
    return { items: this.targets.list().map((target) => toJson(target, caller)) };
  }

  @Get(':name')
  @ApiOkResponse({ standardSchema: targetSchema })
  show(@CalledBy() caller: Caller, @Param('name') name: string): TargetJson {
    return toJson(this.find(name), caller);
  }

  /** A kubeconfig for a cluster, through the gateway and without any credential: clients run `sallyport credential kubernetes`. */
  @Get(':name/kubeconfig')
  @ApiOkResponse({ standardSchema: kubeconfigSchema })
  kubeconfig(@Param('name') name: string, @Headers('host') host: string | undefined): ClientKubeconfig {
    if (this.find(name).kind !== 'kubernetes')
      throw new ProblemError('not-found', `target ${name} is a database, which has no kubeconfig`);
    const server = this.kubeListener.urlOf(name, hostName(host));
    const contexts = [{ name: `sallyport-${name}`, server, ca: this.kubeListener.ca, namespace: null }];
    return clientKubeconfig(contexts, `sallyport-${name}`, {
      command: 'sallyport',
      args: ['credential', 'kubernetes'],
    });
  }

  /** What gateways found when they last looked at a target: rights its role should not have, and what takes them away. For administrators. */
  @Get(':name/check')
  @ApiOkResponse({ standardSchema: targetChecksSchema })
  lastCheck(@CalledBy() caller: Caller, @Param('name') name: string): Promise<TargetChecksJson> {
    requireAdministrator(caller, 'see what the check of a target found');
    return this.checks.last(this.find(name).name);
  }

  /** Has the gateways look at a target now; answers when one has, or after 20 s with what was found before. For administrators. */
  @Post(':name/check')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: targetChecksSchema })
  check(@CalledBy() caller: Caller, @Param('name') name: string): Promise<TargetChecksJson> {
    requireAdministrator(caller, 'have a target checked');
    return this.checks.ask(this.find(name).name);
  }

  private find(name: string): Target {
    const target = this.targets.get(name);
    if (!target) throw new ProblemError('not-found', `there is no target named ${name}`);
    return target;
  }
}

function toJson(target: Target, caller: Caller): TargetJson {
  const { name, release, record, kind: protocol } = target;
  return { name, protocol, release, record, address: isAdministrator(caller) ? addressOf(target) : null };
}

function addressOf(target: Target): TargetJson['address'] {
  if (target.kind === 'postgres') {
    const { host, port, hosts, database, tls } = target.postgres;
    return { host, port, ...(hosts && { hosts: [...hosts] }), database, tls, user: target.credential.user };
  }
  const { kubeconfig, context, identity } = target.kubernetes;
  const found = clusterAddress(ifGiven(kubeconfig), context);
  return { server: found?.server ?? null, context: found?.context ?? context ?? null, identity };
}

/** A secret that only the gateway was given is missing here, and that is well. */
function ifGiven(secret: Secret): string {
  try {
    return secret.reveal();
  } catch {
    return '';
  }
}
