import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { DenyList, IdentityError, type Principal, TokenVerifier } from '@app/identity';
import { Logger } from '@app/platform';
import { ProblemError } from '../problem.js';
import { PUBLIC, rememberCaller } from './caller.js';
import { Clock } from './clock.js';
import { RoleBook } from './role-book.js';

/** The same for every reason. */
const REFUSED = 'it may have expired; the log of the control API says why';

/** Lets through who carries a verified token that nobody denied. Every refusal looks alike; the reason goes to the log. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly denyList: DenyList,
    private readonly roles: RoleBook,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = /^Bearer +([^\s,]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined)
      throw new ProblemError('unauthenticated', 'send the header "Authorization: Bearer <OIDC token>"');
    // Who was never told whom to refuse accepts nobody.
    if (!this.denyList.loaded)
      throw new ProblemError('deny-list-unavailable', 'the deny-list could not be loaded yet; try again later');
    const principal = await this.verify(token);
    const denied = this.denyList.isDenied(principal, this.clock.now());
    if (denied) {
      this.logger.warn('refused by the deny-list', { iss: denied.iss, kind: denied.kind });
      throw new ProblemError('invalid-token', REFUSED);
    }
    rememberCaller(request, { principal, roles: this.roles.of(principal) });
    return true;
  }

  private async verify(token: string): Promise<Principal> {
    try {
      return await this.verifier.verify(token, this.clock.now());
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.logger.warn(`token refused: ${error.message}`, { code: error.code });
      if (error.code === 'issuer-unavailable')
        throw new ProblemError('issuer-unavailable', 'the issuer cannot be asked for its keys; try again later', {
          cause: error,
        });
      throw new ProblemError('invalid-token', REFUSED);
    }
  }
}
