import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CalledBy, type Caller, isAdministrator, isAuditor } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import {
  policyCheckBody,
  type PolicyCheckBody,
  policyCheckResult,
  type PolicyCheckResult,
  policyDiffQuery,
  type PolicyDiffJson,
  type PolicyDiffQuery,
  policyDiffSchema,
  policyHash,
  type PolicyJson,
  policySchema,
  type PolicyVersionJson,
  policyVersions,
  policyVersionSchema,
  type PolicyVersionsJson,
} from './policy.schema.js';
import { PolicyService } from './policy.service.js';

@ApiTags('policy')
@ApiBearerAuth()
@Controller('v1/policy')
export class PolicyController {
  constructor(private readonly policy: PolicyService) {}

  /** The rules in force and their hash; for administrators, auditors and reviewers, as all of the policy but `check`. */
  @Get()
  @ApiOkResponse({ standardSchema: policySchema })
  current(@CalledBy() caller: Caller): PolicyJson {
    requireReader(caller);
    return this.policy.current();
  }

  /** Every policy that was in force, newest first. */
  @Get('versions')
  @ApiOkResponse({ standardSchema: policyVersions })
  async versions(@CalledBy() caller: Caller): Promise<PolicyVersionsJson> {
    requireReader(caller);
    return this.policy.list();
  }

  @Get('versions/:hash')
  @ApiOkResponse({ standardSchema: policyVersionSchema })
  async version(
    @CalledBy() caller: Caller,
    @Param('hash', { schema: policyHash }) hash: string,
  ): Promise<PolicyVersionJson> {
    requireReader(caller);
    return this.policy.version(hash);
  }

  /** What changed from one version to another, rule by rule. */
  @Get('diff')
  @ApiOkResponse({ standardSchema: policyDiffSchema })
  async diff(
    @CalledBy() caller: Caller,
    @Query({ schema: policyDiffQuery }) { from, to }: PolicyDiffQuery,
  ): Promise<PolicyDiffJson> {
    requireReader(caller);
    return this.policy.diff(from, to);
  }

  /** What the rules would decide about an operation, and what each of them says. Everyone for themselves; administrators and auditors for anybody. */
  @Post('check')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: policyCheckResult })
  async check(
    @CalledBy() caller: Caller,
    @Body({ schema: policyCheckBody }) body: PolicyCheckBody,
  ): Promise<PolicyCheckResult> {
    const { principal, policy } = body;
    if (principal !== undefined && !isAdministrator(caller) && !isAuditor(caller))
      throw new ProblemError(
        'forbidden',
        'only an administrator or an auditor may ask for somebody else; leave "principal" out to ask for yourself',
      );
    if (policy !== undefined && policy !== 'current') requireReader(caller);
    const result = await this.policy.check(caller, body);
    // whoever may not read the rules learns which ones decided about them, not what all the others say
    return isReader(caller) ? result : { ...result, explain: result.explain.filter(({ matched }) => matched) };
  }
}

function isReader(caller: Caller): boolean {
  return isAdministrator(caller) || isAuditor(caller) || caller.roles.includes('reviewer');
}

function requireReader(caller: Caller): void {
  if (!isReader(caller))
    throw new ProblemError('forbidden', 'only administrators, auditors and reviewers may read the policy');
}
