import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal, Role } from '@app/identity';
import type { Visibility } from '@app/store';
import { ProblemError } from '../problem.js';

/** Who makes a request, verified. */
export interface Caller {
  readonly principal: Principal;
  readonly roles: readonly Role[];
}

export const PUBLIC = 'sallyport:public';
const callers = new WeakMap<FastifyRequest['raw'], Caller>();

/** Marks what needs no token. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC, true);

export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request.raw, caller);
}

/** The caller of the request, as a parameter of a handler. */
export const CalledBy = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>().raw);
  if (!caller) throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return caller;
});

export function isAuditor(caller: Caller): boolean {
  return caller.roles.includes('auditor');
}

export function isAdministrator(caller: Caller): boolean {
  return caller.roles.includes('administrator');
}

/** @throws ProblemError `forbidden` */
export function requireAdministrator(caller: Caller, what: string): void {
  if (!isAdministrator(caller)) throw new ProblemError('forbidden', `only an administrator may ${what}`);
}

/** Auditors read everyone's operations, all others their own, administrators included. */
export function visibleOperations(caller: Caller): Visibility {
  return isAuditor(caller) ? null : own(caller);
}

/** Auditors and administrators see everyone's sessions, all others their own. */
export function visibleSessions(caller: Caller): Visibility {
  return isAuditor(caller) || isAdministrator(caller) ? null : own(caller);
}

/** Whether something of (`iss`, `sub`) is within what is visible; what belongs to nobody known is visible to those who see everything. */
export function isVisible(
  visibility: Visibility,
  owner: { readonly iss: unknown; readonly sub: unknown } | null,
): boolean {
  if (visibility === null) return true;
  return owner !== null && owner.iss === visibility.iss && owner.sub === visibility.sub;
}

function own({ principal }: Caller): Visibility {
  return { iss: principal.iss, sub: principal.sub };
}
